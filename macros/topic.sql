{# One pattern for any term of a topic, for a text as `words_of` gives it. #}
{% macro topic_pattern(topic) -%}
    {%- set terms_query -%}
        select distinct trim(words_of(term)) as term
        from {{ ref("topic_keywords") }}
        where topic = '{{ topic }}'
        order by term
    {%- endset -%}
    {%- if not execute -%} {{ return("") }}{%- endif -%}
    {%- set terms = run_query(terms_query).columns[0].values() -%}
    {%- if not terms -%}
        {{
            exceptions.raise_compiler_error(
                "Setting topic is '" ~ topic ~ "', and seeds/topic_keywords.csv has no such topic."
            )
        }}
    {%- endif -%}
    {{ return(" (" ~ terms | join("|") ~ ") ") }}
{%- endmacro %}
