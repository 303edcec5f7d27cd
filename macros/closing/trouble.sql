{# Of what the machine would not do: DuckDB's own words name a file and a limit, not what to do about it. #}
{% macro trouble_words(results) -%}
    {%- set messages = results | map(attribute="message") | select("string") | join("\n") if execute else "" -%}
    {%- if modules.re.search("No space left on device|Disk quota exceeded|max_temp_directory_size", messages) -%}
        {%- set named = modules.re.search('file "([^"]*)/[^/"]*": (No space left|Disk quota)', messages) -%}
        {%- set folder = named.group(1) if named else modules.re.sub("/?[^/]*$", "", target.path) or "." -%}
        {{
            say(
                "%-10s %s"
                | format(
                    "FULL",
                    "the disk of '"
                    ~ folder
                    ~ "' is full. What was there before is whole: make room and run dbt build again.",
                )
            )
        }}
        {%- elif "Out of Memory Error" in messages -%}
        {{
            say(
                "%-10s %s"
                | format(
                    "MEMORY",
                    "what SIMPACT_MEMORY allows is not enough: set it higher, or SIMPACT_THREADS lower, and run dbt build again.",
                )
            )
        }}
    {%- endif -%}
{%- endmacro %}
