{# Does a moment in microseconds lie inside [window_start, window_end)? Either end may be open. #}
{% macro in_window(moment_us) -%}
    {%- set start_us, end_us = iso_date_us("window_start"), iso_date_us("window_end") -%}
    (
        true
        {%- if start_us is not none %} and {{ moment_us }} >= {{ start_us }}{% endif -%}
        {%- if end_us is not none %} and {{ moment_us }} < {{ end_us }}{% endif -%}
    )
{%- endmacro %}

{# A setting that is an ISO date or date and time (UTC when it names no zone) in microseconds since 1970. #}
{% macro iso_date_us(name) -%}
    {%- set value = setting(name) -%}
    {%- if value is none -%} {{ return(none) }}{%- endif -%}
    {%- set pattern = "\\d{4}-\\d\\d-\\d\\d([T ]\\d\\d:\\d\\d(:\\d\\d([.]\\d{1,6})?)?(Z|[+-]\\d\\d:\\d\\d)?)?$" -%}
    {%- if not modules.re.match(pattern, value | string) -%}
        {{ refuse(name, "give a date such as 2025-03-23, a date and time, or null") }}
    {%- endif -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(value | string) -%}
    {%- if moment.tzinfo is none -%} {%- set moment = moment.replace(tzinfo=modules.pytz.utc) -%} {%- endif -%}
    {{ return((moment.timestamp() * 1000000) | int) }}
{%- endmacro %}
