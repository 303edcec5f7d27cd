{# What the vector of a text depends on besides the text, in words: the settings of the embedder. `none` where people are
   grouped by what they do: then no text needs a vector, nor an embedder. #}
{% macro embedder_key() -%}
    {%- if setting("grouping") == "behaviour" -%} {{ return("none") }} {%- endif -%}
    {%- set embedder = var("embedders").get(setting("embedder"), {"model": setting("embedder")}) -%}
    {%- set parts = [] -%}
    {%- for name, value in embedder.items() if value is not none -%} {%- do parts.append(name ~ "=" ~ value) -%} {%- endfor -%}
    {{ return(parts | join(" ") | replace("'", "''")) }}
{%- endmacro %}
