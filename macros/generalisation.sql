{# How a thread can be told, from the finest to the coarsest: gaps between messages give way first, then time, then the persona.
   `coarseness` counts scales from the finest, and one beyond the coarsest is no persona at all. #}
{% macro generalisation_levels() -%}
    {%- set buckets = {"day": ["day", "week", "month", none], "week": ["week", "month", none], "month": ["month", none]} -%}
    {%- set levels = [{"coarseness": 1, "bucket": setting("time_bucket"), "tells_gaps": true}] -%}
    {%- for bucket in buckets[setting("time_bucket")] -%}
        {%- do levels.append({"coarseness": 1, "bucket": bucket, "tells_gaps": false}) -%}
    {%- endfor -%}
    {%- for coarseness in range(2, setting("persona_scales") | length + 2) -%}
        {%- do levels.append({"coarseness": coarseness, "bucket": none, "tells_gaps": false}) -%}
    {%- endfor -%}
    {{ return(levels) }}
{%- endmacro %}

{# The day, ISO week or month of a moment as text, UTC; NULL where the bucket is none. #}
{% macro time_bucket(moment_us, bucket) %}
    {{ return((duckdb__time_bucket if is_on_driver() else adapter.dispatch("time_bucket"))(moment_us, bucket)) }}
{% endmacro %}

{% macro duckdb__time_bucket(moment_us, bucket) -%}
    {%- set formats = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"} -%}
    {%- if bucket is none -%} cast(null as string)
    {%- else -%} strftime(timestamp_micros({{ moment_us }}), '{{ formats[bucket] }}')
    {%- endif -%}
{%- endmacro %}

{% macro spark__time_bucket(moment_us, bucket) -%}
    {%- set moment = "timestamp_micros(" ~ moment_us ~ ")" -%}
    {%- if bucket is none -%} cast(null as string)
    {%- elif bucket == "week" -%}
        extract(yearofweek from {{ moment }}) || '-W' || lpad(cast(extract(week from {{ moment }}) as string), 2, '0')
    {%- else -%} date_format({{ moment }}, '{{ {"day": "yyyy-MM-dd", "month": "yyyy-MM"}[bucket] }}')
    {%- endif -%}
{%- endmacro %}

{# Does one person hold more than a third, or are the effective people fewer than half of `k`? #}
{% macro is_dominated(most, total, squares) -%}
    3 * {{ most }} > {{ total }} or 2 * {{ total }} * {{ total }} < {{ setting("k") }} * {{ squares }}
{%- endmacro %}
