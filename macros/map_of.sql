{# A map from two lists; empty where they are NULL. #}
{% macro map_of(keys, values) %} {{ return(adapter.dispatch("map_of")(keys, values)) }}{% endmacro %}

{% macro duckdb__map_of(keys, values) -%}
    coalesce(map({{ keys }}, {{ values }}), cast(map() as map(integer, integer)))
{%- endmacro %}
