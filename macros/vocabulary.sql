{# The function names of Spark, given to DuckDB, so that one text of a model means the same on both engines. #}
{% macro vocabulary() %} {{ return(adapter.dispatch("vocabulary")()) }}{% endmacro %}

{% macro duckdb__vocabulary() %}
    create or replace macro timestamp_micros(us) as make_timestamp(us);
    create or replace macro regexp_like(s, pattern) as regexp_matches(s, pattern);
    create or replace macro replace_all(s, pattern, replacement) as regexp_replace(s, pattern, replacement, 'g');
    create or replace macro array_join(items, separator) as coalesce(
        array_to_string(items, separator), case when items is not null then '' end  -- of nothing but NULLs
    );
    create or replace macro sha2(s, bits) as sha256(s);
    create or replace macro sequence(low, high) as generate_series(low, high);

    {# Of a text, whatever is in it. Spark has other letters, spaces and numbers: there these run in its workers. #}
    create or replace macro small_letters(text) as lower(text);
    create or replace macro whole_number(text) as try_cast(text as bigint);

    {# A text as words without accents, with one space between them. Whole words can then be looked for as they are, eight times
       as fast as with a pattern for what may stand between them (2.2 s a million posts). #}
    create or replace macro cased_words_of(text) as replace_all(strip_accents(text), '[^\pL\pN_]+', ' ');
    {# In small letters, and with a space around each. #}
    create or replace macro words_of(text) as ' ' || trim(cased_words_of(lower(text))) || ' ';
    create or replace macro without_links(text) as replace_all(
        text, '(?i)(https?://|@|www[.])[^\s]+|[^\s]+[.][a-z]{2,}/[^\s]*', ' '
    );
    {# A text without what a template fills in: small letters; numbers, mentions and links as one sign each; single spaces. The
       rest of a text that a machine writes over and over is the same each time. #}
    create or replace macro text_skeleton(text) as trim(
        replace_all(
            replace_all(
                replace_all(
                    replace_all(lower(text), '(https?://|www[.])[^\s]+|[^\s]+[.][a-z]{2,}/[^\s]*', '/'), '@[^\s]+', '@'
                ),
                '[0-9]+',
                '0'
            ),
            '\s+',
            ' '
        )
    );
    create or replace macro json_objects(json, path) as cast(
        list_filter(json_extract(json, path), lambda item: json_type(item) = 'OBJECT') as string[]
    );

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

{# What Spark lacks of DuckDB's: names, and how DuckDB reads a text, which its workers ask DuckDB itself. #}
{% macro spark__vocabulary() %}
    {%- if execute -%}
        {%- set signatures = {
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
        {%- do adapter.give_workers_duckdb(duckdb__vocabulary()) -%}
    {%- endif -%}
{% endmacro %}
