{# One column per path of a JSON text. DuckDB computes the repeated call once, and so does Spark. #}
{% macro json_columns(json, paths) %}
    {{ return((duckdb__json_columns if is_on_driver() else adapter.dispatch("json_columns"))(json, paths)) }}
{% endmacro %}

{% macro duckdb__json_columns(json, paths) -%}
    {%- for name in paths %}
        json_extract_string({{ json }}, {{ path_list(paths) }})[{{ loop.index }}] as {{ name }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro spark__json_columns(json, paths) -%}
    {%- for name in paths %}
        json_texts({{ json }}, "{{ path_list(paths) }}")[{{ loop.index0 }}] as {{ name }} {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{# Paths as a list of DuckDB's. #}
{% macro path_list(paths) -%} ['$.{{ paths.values() | join("', '$.") }}'] {%- endmacro %}

{# The elements of an array inside a JSON text, as texts; empty where there is none. #}
{% macro json_array(json, path) %}
    {{ return((duckdb__json_array if is_on_driver() else adapter.dispatch("json_array"))(json, path)) }}
{% endmacro %}

{% macro duckdb__json_array(json, path) -%} json_extract_string({{ json }}, '$.{{ path }}[*]') {%- endmacro %}

{% macro spark__json_array(json, path) -%} json_texts({{ json }}, "'$.{{ path }}[*]'") {%- endmacro %}

{# Those of them that are objects, as JSON: another element may be a text that is none. #}
{% macro json_object_array(json, path) %}
    {{ return((duckdb__json_object_array if is_on_driver() else adapter.dispatch("json_object_array"))(json, path)) }}
{% endmacro %}

{% macro duckdb__json_object_array(json, path) -%} json_objects({{ json }}, '$.{{ path }}[*]') {%- endmacro %}

{% macro spark__json_object_array(json, path) -%} json_objects({{ json }}, "'$.{{ path }}[*]'") {%- endmacro %}
