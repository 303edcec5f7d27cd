{# What a model has made keeps its contract, or nothing of it becomes a table: names and types as DuckDB reads them, which is how a
   contract words them. #}
{% macro assert_contract(table) %}
    {%- set promised = [] -%}
    {%- for name, column in model["columns"].items() -%}
        {%- do promised.append("cast(null as " ~ column["data_type"] ~ ") as " ~ name) -%}
    {%- endfor -%}
    {%- set promised = adapter.columns_of("select " ~ promised | join(", ")) -%}
    {%- set made = adapter.columns_of("from " ~ adapter.parquet_of(table.schema, table.identifier)) -%}
    {%- if promised != made -%} {%- do exceptions.raise_contract_error(promised, made) -%} {%- endif -%}
{% endmacro %}
