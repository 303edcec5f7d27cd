{# On Spark every model is a table that each build makes anew: its tables of Parquet can lose no rows, and its views would lack
   the vocabulary. What is Python runs beside it. #}
{% macro made_anew() %}
    {%- if model["language"] == "python" -%} {{ return(made_on_driver(compiled_code)) }}{%- endif -%}
    {{ run_hooks(pre_hooks) }}
    {% set relation = replaced_table(compiled_code) %}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [relation]}) }}
{% endmacro %}

{# The rows of a query as the table of this node, whatever it was before. #}
{% macro replaced_table(query) %}
    {%- set relation = this.incorporate(type="table") -%}
    {%- set old = adapter.get_relation(database=none, schema=this.schema, identifier=this.identifier) -%}
    {%- if old is not none -%} {% do adapter.drop_relation(old) %} {%- endif -%}
    {% call statement("main") %} create table {{ relation }} using parquet as {{ query }}
    {% endcall %}
    {{ return(relation) }}
{% endmacro %}

{# A node that runs beside Spark, on the machine of dbt, in DuckDB over Spark's Parquet. Its hooks are DuckDB's own. #}
{% macro made_on_driver(code) %}
    {%- set parquet = adapter.make_on_driver(model, code, duckdb__vocabulary()) -%}
    {{ return({"relations": [replaced_table("select * from parquet.`" ~ parquet ~ "`")]}) }}
{% endmacro %}

{% materialization table, adapter = "sparksession", supported_languages = ["sql", "python"] %}
    {{ return(made_anew()) }}
{% endmaterialization %}

{% materialization incremental, adapter = "sparksession", supported_languages = ["sql", "python"] %}
    {{ return(made_anew()) }}
{% endmaterialization %}

{% materialization view, adapter = "sparksession" %} {{ return(made_anew()) }} {% endmaterialization %}

{% materialization on_driver, adapter = "sparksession" %} {{ return(made_on_driver(compiled_code)) }} {% endmaterialization %}

{# Rows as DuckDB reads them, with the types that dbt finds: dbt-spark would put every text between quotes as it is. #}
{% materialization seed, adapter = "sparksession" %}
    {%- set table = load_agate_table() -%}
    {%- do store_result("agate_table", response="OK", agate_table=table) -%}
    {%- set types = model["config"].get("column_types", {}) -%}
    {%- set columns = [] -%}
    {%- for name in table.column_names -%}
        {%- set type = types.get(name, adapter.convert_type(table, loop.index0)) -%}
        {%- do columns.append("cast(" ~ name ~ " as " ~ type ~ ") as " ~ name) -%}
    {%- endfor -%}
    {{
        return(
            made_on_driver(
                "select " ~ columns
                | join(", ") ~ " from read_csv('" ~ model["original_file_path"] ~ "', header = true, all_varchar = true)"
            )
        )
    }}
{% endmaterialization %}

{# The lines of the archive: every file lands once, alone, by the same SQL and the same parser as on DuckDB, and Spark reads the
   Parquet where it lies. #}
{% materialization landed, adapter = "sparksession" %}
    {%- set folder = adapter.land_files(compiled_code, duckdb__vocabulary()) -%}
    {%- set relation = this.incorporate(type="table") -%}
    {%- set old = adapter.get_relation(database=none, schema=this.schema, identifier=this.identifier) -%}
    {%- if old is not none -%} {% do adapter.drop_relation(old) %} {%- endif -%}
    {% call statement("main") %} create table {{ relation }} using parquet location '{{ folder }}' {% endcall %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}
