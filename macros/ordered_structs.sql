{# The rows of a group as a list of structs, in an order. #}
{% macro ordered_structs(fields, by) %}
    {{ return((duckdb__ordered_structs if is_on_driver() else adapter.dispatch("ordered_structs"))(fields, by)) }}
{% endmacro %}

{% macro duckdb__ordered_structs(fields, by) -%}
    {%- set parts = [] -%}
    {%- for name, value in fields.items() -%} {%- do parts.append(name ~ " := " ~ value) -%} {%- endfor -%}
    list(struct_pack({{ parts | join(", ") }}) order by {{ by }})
{%- endmacro %}

{% macro spark__ordered_structs(fields, by) -%}
    {%- set parts = [] -%}
    {%- for name, value in fields.items() -%} {%- do parts.append("'" ~ name ~ "', " ~ value) -%} {%- endfor -%}
    transform(
        sort_array(array_agg(struct({{ by }}, named_struct({{ parts | join(", ") }}) as sorted_value))),
        item -> item.sorted_value
    )
{%- endmacro %}
