{# Around a model whose join sides DuckDB would guess wrong: keep them as written, so that the hash table is built from the right-hand
   side. After a few filters and joins its estimate for ten million actions is a few hundred, and it hashes the actions. #}
{% macro joins_as_written(on) -%}
    {%- if target.type == "duckdb" -%}
        {% if on %}set disabled_optimizers = 'build_side_probe_side'{% else %}reset disabled_optimizers{% endif %}
    {%- endif -%}
{%- endmacro %}
