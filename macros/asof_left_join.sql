{# Left join with the latest row on the right that `match` still admits. #}
{% macro asof_left_join(relation, on, match) %}
    {{ return(adapter.dispatch("asof_left_join")(relation, on, match)) }}
{% endmacro %}

{% macro duckdb__asof_left_join(relation, on, match) -%}
    asof left join {{ relation }} on {{ on }} and {{ match }}
{%- endmacro %}

{% macro spark__asof_left_join(relation, on, match) -%}
    left asof join {{ relation }} match_condition({{ match }}) on {{ on }}
{%- endmacro %}
