{# Threads of one person are not independent: what is independent are the people, so a row is one of them. #}
{% macro ratio_margin(numerator, denominator, ratio) -%}
    1.96
    * sqrt(count(*) / (count(*) - 1.0) * sum(pow({{ numerator }} - {{ ratio }} * {{ denominator }}, 2)))
    / sum({{ denominator }})
{%- endmacro %}
