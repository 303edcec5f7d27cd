{# One column per path of a JSON text. DuckDB computes the repeated call once. #}
{% macro json_columns(json, paths) %}
    {{ return((duckdb__json_columns if is_on_driver() else adapter.dispatch("json_columns"))(json, paths)) }}
{% endmacro %}

{% macro duckdb__json_columns(json, paths) -%}
    {%- set list = "['$." ~ paths.values() | join("', '$.") ~ "']" -%}
    {%- for name in paths %}
        json_extract_string({{ json }}, {{ list }})[{{ loop.index }}] as {{ name }} {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{# The elements of an array inside a JSON text, as texts; empty where there is none. #}
{% macro json_array(json, path) %}
    {{ return((duckdb__json_array if is_on_driver() else adapter.dispatch("json_array"))(json, path)) }}
{% endmacro %}

{% macro duckdb__json_array(json, path) -%} json_extract_string({{ json }}, '$.{{ path }}[*]') {%- endmacro %}

{% macro spark__json_columns(json, paths) -%}
    {%- for name, path in paths.items() %}
        get_json_object({{ json }}, '$.{{ path }}') as {{ name }} {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro spark__json_array(json, path) -%}
    case
        when {{ json }} is not null
        then coalesce(from_json(get_json_object({{ json }}, '$.{{ path }}'), 'array<string>'), cast(array() as array<string>))
    end
{%- endmacro %}
