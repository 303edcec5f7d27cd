{# The rows of a group as a list of structs, in an order. #}
{% macro ordered_structs(fields, by) %} {{ return(adapter.dispatch("ordered_structs")(fields, by)) }}{% endmacro %}

{% macro duckdb__ordered_structs(fields, by) -%}
    {%- set parts = [] -%}
    {%- for name, value in fields.items() -%} {%- do parts.append(name ~ " := " ~ value) -%} {%- endfor -%}
    list(struct_pack({{ parts | join(", ") }}) order by {{ by }})
{%- endmacro %}
