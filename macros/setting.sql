{% macro setting(name) -%}
    {%- set settings = var("settings")[target.name] -%}
    {%- if name not in settings -%}
        {{ exceptions.raise_compiler_error("There is no setting '" ~ name ~ "' for target " ~ target.name ~ ".") }}
    {%- endif -%}
    {{ return(var(name, settings[name])) }}
{%- endmacro %}
