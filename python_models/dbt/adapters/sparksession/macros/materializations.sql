{# Where dbt looks for its tables, whatever warehouse the catalogue has besides. #}
{% macro sparksession__create_schema(relation) %}
    {% do run_query(
        "create schema if not exists " ~ relation ~ " location 'file:" ~ adapter.schema_folder(relation.schema) ~ "'"
    ) %}
{% endmacro %}

{# On Spark every model of SQL is a table that each build makes anew: its tables of Parquet can lose no rows, and its views would
   lack the vocabulary. #}
{% macro made_anew() %}
    {{ run_hooks(pre_hooks) }}
    {% do replace_table(compiled_code) %}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmacro %}

{# The rows of a query as the table of this node, which the query may read. #}
{% macro replace_table(query) %}
    {%- set old = adapter.get_relation(database=none, schema=this.schema, identifier=this.identifier) -%}
    {%- set next = this.incorporate(path={"identifier": this.identifier ~ "__next"}) -%}
    {% do run_query("drop table if exists " ~ next) %} {% do adapter.clear_folder(next.schema, next.identifier) %}
    {% call statement("main") %} create table {{ next }} using parquet as {{ query }} {% endcall %}
    {%- if model["config"].get("contract", {}).get("enforced") -%} {%- do assert_contract(next) -%} {%- endif -%}
    {%- if old is not none -%} {% do adapter.drop_relation(old) %} {%- endif -%}
    {% do adapter.clear_folder(this.schema, this.identifier) %}
    {% do run_query("alter table " ~ next ~ " rename to " ~ this) %}
{% endmacro %}

{# What the rows of a node that is not Spark's SQL are made of, as a query: beside Spark, in DuckDB over its Parquet, on the
   machine of dbt; or, where a node of Python maps batches, by Spark's workers. #}
{% macro rows_made(code) %}
    {%- if model["config"]["meta"].get("runs_on") == "workers" -%}
        {{ return("select * from " ~ adapter.map_on_workers(model, code)) }}
    {%- endif -%}
    {{ return("select * from parquet.`file:" ~ adapter.make_on_driver(model, code, duckdb__vocabulary()) ~ "`") }}
{% endmacro %}

{% macro made_on_driver(code) %}
    {% do replace_table(rows_made(code)) %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmacro %}

{% materialization table, adapter = "sparksession", supported_languages = ["sql", "python"] %}
    {{ return(made_anew() if model["language"] == "sql" else made_on_driver(compiled_code)) }}
{% endmaterialization %}

{% materialization view, adapter = "sparksession" %} {{ return(made_anew()) }} {% endmaterialization %}

{% materialization on_driver, adapter = "sparksession" %} {{ return(made_on_driver(compiled_code)) }} {% endmaterialization %}

{# A node of Python keeps the rows it has, but for those that its hook takes out (keep_only). #}
{% materialization incremental, adapter = "sparksession", supported_languages = ["sql", "python"] %}
    {%- if model["language"] == "sql" -%} {{ return(made_anew()) }} {%- endif -%}
    {%- if is_incremental() -%}
        {% do run_query("create or replace temporary view kept_rows as select * from " ~ this) %}
    {%- endif -%}
    {# Before the node: a closed gate stops it here. Not by run_hooks, which commits first what Spark has no word for. #}
    {%- for hook in pre_hooks -%}
        {%- set statement_of_hook = render(hook["sql"]) | trim -%}
        {%- if statement_of_hook -%} {% do run_query(statement_of_hook) %} {%- endif -%}
    {%- endfor -%}
    {%- set rows = rows_made(compiled_code) -%}
    {% do replace_table(("select * from kept_rows union all " if is_incremental() else "") ~ rows) %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

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
    {%- set file = "read_csv('" ~ model["original_file_path"] ~ "', header = true, all_varchar = true)" -%}
    {{ return(made_on_driver("select " ~ columns | join(", ") ~ " from " ~ file)) }}
{% endmaterialization %}

{# The lines of the archive: every file lands once, alone, by the same SQL and the same parser as on DuckDB, and Spark reads the
   Parquet where it lies. #}
{% materialization landed, adapter = "sparksession" %}
    {%- set folder = adapter.land_files(compiled_code, duckdb__vocabulary()) -%}
    {%- set old = adapter.get_relation(database=none, schema=this.schema, identifier=this.identifier) -%}
    {%- if old is not none -%} {% do adapter.drop_relation(old) %} {%- endif -%}
    {% call statement("main") %} create table {{ this }} using parquet location 'file:{{ folder }}' {% endcall %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}
