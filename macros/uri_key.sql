{# A URI as what to join by, where all actions look for their post: in sixteen bytes instead of seventy, so that a lookup that
   memory does not hold spills less. The salt is another in every process, so that nobody can write two URIs with the same key; a
   view that is asked later does without. A fold of a few actions hashes nothing, and Spark takes the URI itself too. #}
{% macro uri_key(uri) -%} {{ return(adapter.dispatch("uri_key")(uri)) }} {%- endmacro %}

{% macro duckdb__uri_key(uri) -%}
    {%- if folding_in() -%} {{ uri }} {%- else -%} md5_number(coalesce(getvariable('uri_salt'), '') || {{ uri }}) {%- endif -%}
{%- endmacro %}

{% macro spark__uri_key(uri) -%} {{ uri }} {%- endmacro %}
