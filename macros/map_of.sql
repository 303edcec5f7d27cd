{# A map from two lists; empty where they are NULL. #}
{% macro map_of(keys, values) %}
    {{ return((duckdb__map_of if is_on_driver() else adapter.dispatch("map_of"))(keys, values)) }}
{% endmacro %}

{% macro duckdb__map_of(keys, values) -%}
    coalesce(map({{ keys }}, {{ values }}), cast(map() as map(integer, integer)))
{%- endmacro %}

{% macro spark__map_of(keys, values) -%}
    coalesce(map_from_arrays({{ keys }}, {{ values }}), cast(map() as map<int, int>))
{%- endmacro %}
