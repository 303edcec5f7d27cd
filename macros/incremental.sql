{# How a build folds in what is new. stg_fold__started says since when, and whether the fold must be made anew; the
   int_fold__touched_* models name what may have changed since. A fold is an incremental model that first forgets what was
   touched and then computes it again. #}
{# Does this build fold new events into what it finds, rather than fold everything anew? #}
{% macro folding_in() -%}
    {%- if not execute or flags.FULL_REFRESH -%} {{ return(false) }}{%- endif -%}
    {%- set started = table_if_built("staging", "stg_fold__started") -%}
    {%- if started is none -%} {{ return(false) }}{%- endif -%}
    {{ return(run_query("select not is_anew from " ~ started).columns[0][0]) }}
{%- endmacro %}

{# A table of this warehouse, or none when no build has made it. Not a `ref`: the last step of a fold is read by the first
   of the next. #}
{% macro table_if_built(schema, identifier) -%}
    {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=identifier)) }}
{%- endmacro %}

{# The commits that a fold over records reads: those of the touched records, or all. #}
{% macro commits_to_fold() -%}
    {{ return(ref("stg_fold__touched_commits") if folding_in() else ref("base_bluesky__commits")) }}
{%- endmacro %}

{# The deliveries that a fold over actions reads: those that were touched, or all. #}
{% macro deliveries_to_fold() -%}
    {{ return(ref("int_fold__touched_actions") if folding_in() else ref("int_actions__delivered")) }}
{%- endmacro %}

{# Is a table of the last fold gone? Then there is nothing to fold into. Embeddings are no part of a fold. #}
{% macro lacks_a_fold() -%}
    {%- for node in graph.nodes.values() if node.resource_type == "model" and node.language == "sql" -%}
        {%- if node.config.materialized == "incremental" or node.name == "int_fold__people" -%}
            {%- if table_if_built(node.schema, node.alias) is none -%} {{ return(true) }}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{# From its first step until its last a fold is not complete: when it is broken off, the next one is made anew. #}
{% macro take_back_completion() -%}
    {%- set completed = table_if_built("private", "int_fold__completed") -%}
    {%- if completed is not none -%} delete from {{ completed }}{%- endif -%}
{%- endmacro %}

{# A fold's first step: drop the rows of what was touched, or all of them when the fold is made anew. #}
{% macro forget_touched(key, touched, touched_key=none) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        {%- if folding_in() %} where {{ key }} in (select {{ touched_key or key }} from {{ touched }}){% endif -%}
    {%- endif -%}
{%- endmacro %}

{# For a model that keeps exactly what is wanted: drop the rows that are wanted no more, or all when the fold is made anew. #}
{% macro forget_unwanted(key, wanted, wanted_key=none) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        {%- if folding_in() %} where {{ key }} not in (select {{ wanted_key or key }} from {{ wanted }}){% endif -%}
    {%- endif -%}
{%- endmacro %}

{# For a model of single events: drop those of files whose content has changed since. #}
{% macro forget_replaced_files() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where file_number not in (select number from {{ ref("files") }})
    {%- endif -%}
{%- endmacro %}

{# DuckDB may hash otherwise from one release to the next, and what has landed stays: one row tells, and then all are hashed
   again. #}
{% macro hash_again() -%}
    {%- if not is_incremental() -%} {{ return("") }}{%- endif -%}
    {%- set one_row = "select " ~ record_hash() ~ " <> record_hash from " ~ this ~ " where record_hash is not null limit 1" -%}
    {{
        return(
            "update "
            ~ this
            ~ " set commit_hash = "
            ~ commit_hash()
            ~ ", record_hash = "
            ~ record_hash()
            ~ " where record_hash is not null and ("
            ~ one_row
            ~ ")"
        )
    }}
{%- endmacro %}

{% macro commit_hash() -%} hash(did, collection, rkey, operation, rev) {%- endmacro %}

{% macro record_hash() -%} hash(did, collection, rkey) {%- endmacro %}

{# What a fold depends on besides the archive: settings and SQL, but for those of what comes after it; the macros
   (the plugin hashes them, since dbt does not show their text); and the release of DuckDB. #}
{% macro fold_basis() -%}
    {%- if not execute -%} {{ return("''") }}{%- endif -%}
    {%- set parts = [] -%}
    {%- set later = [
        "max_automation",
        "embedder",
        "grouping",
        "persona_scales",
        "min_persona_size",
        "personas",
        "clustering_library_below",
        "seed",
        "k",
        "mixing_scale",
        "archive_fresh_hours",
        "time_bucket",
        "ner",
        "release_seed",
        "split",
    ] -%}
    {%- for name in var("settings")[target.name] if name not in later + experiment_settings() -%}
        {%- do parts.append(name ~ "=" ~ setting(name)) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() | selectattr("resource_type", "in", ["model", "seed"]) -%}
        {%- if not modules.re.search(
            "automation|personas|features|gates|intake|privacy|attacks|quality|release|training|evaluation|experiment|instructions|prediction",
            node.original_file_path,
        ) -%}
            {%- do parts.append(node.unique_id ~ "=" ~ node.checksum.checksum) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return("concat_ws(' ', '" ~ local_md5(parts | sort | join("|")) ~ "', getvariable('macros_sha256'), version())") }}
{%- endmacro %}

{# For what is costly and depends on nothing but itself, whatever is folded anew: drop the rows that are wanted no more. #}
{% macro keep_only(key, wanted) -%}
    {%- if is_incremental() -%} {{ adapter.dispatch("keep_only")(key, wanted) }}{%- endif -%}
{%- endmacro %}

{% macro duckdb__keep_only(key, wanted) -%}
    delete from {{ this }} where {{ key }} not in (select {{ key }} from {{ wanted }})
{%- endmacro %}

{# Spark's Parquet can lose no rows: those that stay go into the new table, with the new ones. #}
{% macro spark__keep_only(key, wanted) -%}
    create or replace temporary view kept_rows as
    select *
    from {{ this }}
    where {{ key }} in (select {{ key }} from {{ wanted }})
{%- endmacro %}

{# dbt-duckdb writes the new rows of an incremental Python model into a table of its own first, in another schema, and leaves
   that behind. #}
{% macro drop_first_copies() -%} {{ adapter.dispatch("drop_first_copies")() }} {%- endmacro %}

{% macro spark__drop_first_copies() %} {% endmacro %}

{% macro duckdb__drop_first_copies() -%}
    {%- set copies_query -%}
        select schema_name || '.' || table_name
        from duckdb_tables()
        where starts_with(table_name, '{{ this.identifier }}__dbt_tmp')
    {%- endset -%}
    {%- if execute -%}
        {%- for copy in run_query(copies_query).columns[0].values() -%} drop table {{ copy }}
            ;
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
