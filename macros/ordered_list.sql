{# The values of a group as a list, in the order of another column. #}
{% macro ordered_list(value, by) %} {{ return(adapter.dispatch("ordered_list")(value, by)) }}{% endmacro %}

{% macro duckdb__ordered_list(value, by) -%} list({{ value }} order by {{ by }}) {%- endmacro %}
