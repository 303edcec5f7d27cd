{# Where a build stopped for want of room or memory: what to do about it. #}
{% macro trouble_words(results) -%}
    {%- for result in results if execute and result.status == "error" and result.message -%}
        {%- set query = "select what_lacks('" ~ result.message | replace("'", "''") ~ "')" -%}
        {%- set sentence = ask(query)[0][0] -%}
        {%- if sentence -%} {{ say("%-10s %s" | format("Stopped", sentence)) }}{%- endif -%}
    {%- endfor -%}
{%- endmacro %}
