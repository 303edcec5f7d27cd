{# What the vector of a text depends on besides the text, in words: the settings of the embedder. #}
{% macro embedder_key() -%}
    {%- set embedder = var("embedders").get(setting("embedder"), {"model": setting("embedder")}) -%}
    {%- set parts = [] -%}
    {%- for name, value in embedder.items() if value is not none -%} {%- do parts.append(name ~ "=" ~ value) -%} {%- endfor -%}
    {{ return(parts | join(" ") | replace("'", "''")) }}
{%- endmacro %}
