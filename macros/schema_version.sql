{# Before anything runs: is the database of this version? `raw` is the version of what no build can make again (what has landed,
   and which releases were given away), `made` that of all the rest. Raise `raw` when `events`, `files` or `releases` change
   their columns or what these mean, and `made` when an incremental model does so unseen by the fold: embeddings, redacted
   texts. A database from before there were versions counts as of the first one when its lines have the columns they should. #}
{% macro schema_version() -%} {{ return({"raw": 1, "made": 1}) }}{%- endmacro %}

{% macro check_schema_version() -%}
    {%- set events = table_if_built("raw", "events") if execute -%}
    {%- if events -%}
        {%- set wanted, versions = schema_version(), table_if_built("raw", "schema_version") -%}
        {%- if versions -%} {%- set found = run_query("select raw, made from " ~ versions).rows[0] -%}
        {%- else -%}
            {%- set there = adapter.get_columns_in_relation(events) | map(attribute="name") | list -%}
            {%- set is_first = there == graph.nodes["model.simpact.events"].columns.keys() | list -%}
            {%- set found = {"raw": 1 if is_first else 0, "made": 1 if is_first else 0} -%}
        {%- endif -%}
        {%- if found["raw"] != wanted.raw -%}
            {{
                exceptions.raise_compiler_error(
                    "The database of SIMPACT_HOME was made by "
                    ~ ("a newer" if found["raw"] > wanted.raw else "an older")
                    ~ " simpact: its raw tables are of version "
                    ~ found["raw"]
                    ~ ", and this simpact reads version "
                    ~ wanted.raw
                    ~ ". Nothing was changed. Use the simpact that made it; or build from the archive in a new SIMPACT_HOME, "
                    ~ "and copy simpact_erased.ndjson there first, if there is one, so that who was erased stays so."
                )
            }}
        {%- endif -%}
        {%- if found["made"] != wanted.made -%}
            {{
                say(
                    "The database is of version "
                    ~ found["made"]
                    ~ ", this simpact of "
                    ~ wanted.made
                    ~ ": what has landed stays, and everything else is made anew."
                )
            }}
            {{ drop_what_is_made() }}
        {%- endif -%}
        {%- if not versions or found["made"] != wanted.made -%} {{ write_schema_version() }}{%- endif -%}
    {%- elif execute -%} {{ write_schema_version() }}
    {%- endif -%}
{%- endmacro %}

{% macro write_schema_version() -%}
    create schema if not exists raw;
    create or replace table raw.schema_version as select {{ schema_version().raw }} as raw, {{ schema_version().made }} as made;
    comment on table raw.schema_version is 'One row: the version of this database, which every build looks at first.';
{%- endmacro %}

{# Tables that builds add to. All others are made anew in any case. #}
{% macro drop_what_is_made() -%}
    {%- for node in graph.nodes.values() if node.resource_type == "model" and node.config.materialized == "incremental" -%}
        {%- if node.schema != "raw" and node.name != "releases" -%} drop table if exists {{ node.schema }}.{{ node.alias }};
        {% endif -%}
    {%- endfor -%}
{%- endmacro %}
