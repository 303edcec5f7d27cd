{# The function names of Spark, given to DuckDB, so that one text of a model means the same on both engines. #}
{% macro vocabulary() %}{{ return(adapter.dispatch("vocabulary")()) }}{% endmacro %}

{% macro duckdb__vocabulary() %}
    create or replace macro timestamp_micros(us) as make_timestamp(us);
    create or replace macro regexp_like(s, pattern) as regexp_matches(s, pattern);
    create or replace macro replace_all(s, pattern, replacement) as regexp_replace(s, pattern, replacement, 'g');
    create or replace macro array_join(items, separator) as array_to_string(items, separator);
{% endmacro %}
