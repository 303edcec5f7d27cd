{# Last words of a build: a line for each thing it made or refused, with the table to look in. What it did not touch it does
   not speak of. #}
{% macro closing_words(results) -%}
    {%- if execute -%}
        {%- set built = results | selectattr("status", "equalto", "success") | map(attribute="node.name") | list -%}
        {%- set unreached = results | selectattr("status", "in", ["skipped", "error"]) | map(attribute="node.name") | list -%}
        {%- set lines = [] -%}
        {%- for query in [
            came_in_lines(built),
            persona_lines(built),
            gate_lines(built, unreached),
            release_lines(built, unreached),
            experiment_lines(built),
            look_lines(built),
        ] if query | trim -%}
            {%- for row in ask(query) -%} {%- do lines.append(row) -%} {%- endfor -%}
        {%- endfor -%}
        {%- for row in lines or made_lines(results) -%}
            {%- if loop.first -%} {{ say("") }}{%- endif -%} {{ say("%-10s %s" | format(row[0], row[1])) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# Of a build that made nothing of the above: the tables themselves. #}
{% macro made_lines(results) -%}
    {%- set names = [] -%}
    {%- for result in results if result.status == "success" and result.node.resource_type in ["model", "seed"] -%}
        {%- do names.append(result.node.schema ~ "." ~ result.node.alias) -%}
    {%- endfor -%}
    {%- if not names -%} {{ return([]) }}{%- endif -%}
    {{
        return(
            [
                (
                    "Made",
                    names[:3] | join(", ") ~ (" and %d more" | format(names | length - 3) if names | length > 3 else ""),
                ),
                ("Look", simpact_command() ~ ' sql "from ' ~ names[-1] ~ ' limit 10"'),
            ]
        )
    }}
{%- endmacro %}

{# How simpact is called where dbt was: the plugin knows which environment that is. #}
{% macro simpact_command() -%} {{ return(ask("select getvariable('simpact_command')")[0][0]) }}{%- endmacro %}

{# The rows that a query finds; it is DuckDB's, on Spark too. #}
{% macro ask(query) -%} {{ return(adapter.dispatch("ask")(query)) }}{%- endmacro %}

{% macro duckdb__ask(query) -%} {{ return(run_query(query).rows) }}{%- endmacro %}

{% macro spark__ask(query) -%} {{ return(adapter.ask_driver(query, duckdb__vocabulary())) }}{%- endmacro %}

{% macro say(line) -%} {{ return(log(line, info=true)) }}{%- endmacro %}
