{# One pattern that matches any term of a topic as whole words, in a text without accents and capitals. The words of a term may stand
   apart by anything that is neither letter nor digit. #}
{% macro topic_pattern(topic) -%}
    {%- if not execute -%}{{ return("") }}{%- endif -%}
    {%- set terms = run_query(
        "select strip_accents(lower(term)) from " ~ ref("topic_keywords") ~ " where topic = '" ~ topic ~ "' order by 1"
    ).columns[0].values() -%}
    {%- if not terms -%}
        {{ exceptions.raise_compiler_error("Setting topic is '" ~ topic ~ "', and seeds/topic_keywords.csv has no such topic.") }}
    {%- endif -%}
    {%- set patterns = [] -%}
    {%- for term in terms -%}
        {%- do patterns.append(modules.re.sub("[^a-z0-9]+", "[^\\\\pL\\\\pN_]+", term)) -%}
    {%- endfor -%}
    {{ return("(^|[^\\pL\\pN_])(" ~ patterns | join("|") ~ ")([^\\pL\\pN_]|$)") }}
{%- endmacro %}
