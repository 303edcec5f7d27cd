{# The function names of Spark, given to DuckDB, so that one text of a model means the same on both engines. #}
{% macro vocabulary() %} {{ return(adapter.dispatch("vocabulary")()) }}{% endmacro %}

{% macro duckdb__vocabulary() %}
    create or replace macro plain_letters(s) as strip_accents(lower(s));
    create or replace macro timestamp_micros(us) as make_timestamp(us);
    create or replace macro regexp_like(s, pattern) as regexp_matches(s, pattern);
    create or replace macro replace_all(s, pattern, replacement) as regexp_replace(s, pattern, replacement, 'g');
    create or replace macro array_join(items, separator) as array_to_string(items, separator);
    create or replace macro sha2(s, bits) as sha256(s);
    create or replace macro sequence(low, high) as generate_series(low, high);

    {# For landing only. A surrogate escape without its other half cannot be stored as UTF-8: it becomes U+FFFD. Whole pairs
       and other escapes stay. #}
    create or replace macro replace_lone_surrogates(line) as array_to_string(
        list_transform(
            regexp_extract_all(
                line, '(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|[^\\]+|\\'
            ),
            lambda part: case
                when regexp_full_match(part, '(?i)\\ud[89a-f][0-9a-f]{2}') then '\ufffd' else part
            end
        ),
        ''
    );
{% endmacro %}

{# What Spark lacks of DuckDB's. Its tables of letters are DuckDB's own: what becomes of each is asked of DuckDB. #}
{% macro spark__vocabulary() %}
    {%- if execute -%}
        {%- set signatures = {
            "plain_letters(s string) returns string": translation("strip_accents(lower(letter))"),
            "strip_accents(s string) returns string": translation("strip_accents(letter)"),
            "replace_all(s string, pattern string, replacement string) returns string": "regexp_replace(s, pattern, replacement)",
            "string_split(s string, separator string) returns array<string>": "split(s, '\\Q' || separator || '\\E')",
            "getvariable(name string) returns string": "case name when 'recogniser_version' then '"
            ~ adapter.recogniser_version()
            ~ "' end",
        } -%}
        {%- do adapter.check_schemas(graph.nodes.values() | map(attribute="schema") | unique | list) -%}
        {%- for signature, body in signatures.items() -%}
            {%- do run_query("create or replace temporary function " ~ signature ~ " return " ~ body) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{# An expression of Spark that does to `s`, letter by letter, what one of DuckDB does to `letter`. #}
{% macro translation(plain) -%}
    {%- set changed, becomes = adapter.letters(plain) -%} {{ return("translate(s, '" ~ changed ~ "', '" ~ becomes ~ "')") }}
{%- endmacro %}
