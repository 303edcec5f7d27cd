{# The values of a group as a list, in the order of another column. #}
{% macro ordered_list(value, by) %}
    {{ return((duckdb__ordered_list if is_on_driver() else adapter.dispatch("ordered_list"))(value, by)) }}
{% endmacro %}

{% macro duckdb__ordered_list(value, by) -%} list({{ value }} order by {{ by }}) {%- endmacro %}

{% macro spark__ordered_list(value, by) -%}
    transform(sort_array(array_agg(struct({{ by }}, {{ value }} as sorted_value))), item -> item.sorted_value)
{%- endmacro %}
