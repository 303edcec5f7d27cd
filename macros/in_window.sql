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
    {%- set day = "(?!0000)(\\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])" -%}
    {%- set time = "([01]\\d|2[0-3]):[0-5]\\d" -%}
    {%- set pattern = day ~ "([T ]" ~ time ~ "(:[0-5]\\d([.]\\d{1,6})?)?(Z|[+-]" ~ time ~ ")?)?$" -%}
    {%- set parts = modules.re.match(pattern, value | string) -%}
    {%- if not parts or not is_day_of_month(parts[1] | int, parts[2] | int, parts[3] | int) -%}
        {{ refuse(name, "give a date such as 2025-03-23, a date and time, or null") }}
    {%- endif -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(value | string) -%}
    {%- if moment.tzinfo is none -%} {%- set moment = moment.replace(tzinfo=modules.pytz.utc) -%} {%- endif -%}
    {{ return((moment.timestamp() * 1000000) | int) }}
{%- endmacro %}

{# Has a month of a year such a day, which is 31 at most? #}
{% macro is_day_of_month(year, month, day) -%}
    {%- set first = modules.datetime.date(year, month, 1) -%}
    {{ return((first + modules.datetime.timedelta(days=day - 1)).month == month) }}
{%- endmacro %}
