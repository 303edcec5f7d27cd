{% macro setting(name) -%}
    {%- set settings = var("settings")[target.name] -%}
    {%- if name not in settings -%}
        {{ exceptions.raise_compiler_error("There is no setting '" ~ name ~ "' for target " ~ target.name ~ ".") }}
    {%- endif -%}
    {%- set value = var(name, settings[name]) -%}
    {{ return("off" if name in ["topic", "ner"] and value is sameas false else value) }}  {# YAML reads `off` as false #}
{%- endmacro %}

{# Before anything runs: is every setting one that exists, and of a kind that makes sense? #}
{% macro check_settings() -%}
    {%- if execute -%}
        {%- for name in invocation_args_dict.get("vars", {}) if name not in var("settings")[target.name] and name != "embedders" -%}
            {{ refuse(name, "there is none of that name; dbt_project.yml has them all") }}
        {%- endfor -%}
        {%- set languages = setting("languages") -%}
        {%- if languages != "all" and not is_list_of_texts(languages) -%}
            {{ refuse("languages", "give all, or a list of tags in quotes, such as ['en', 'fr']") }}
        {%- endif -%}
        {%- if setting("topic") is not string or not modules.re.match("[A-Za-z0-9_]+$", setting("topic")) -%}
            {{ refuse("topic", "give off, or a topic of seeds/topic_keywords.csv") }}
        {%- endif -%}
        {%- if setting("withheld_intents") and not is_list_of_texts(setting("withheld_intents")) -%}
            {{ refuse("withheld_intents", "give a list, such as [bulkDataset]") }}
        {%- endif -%}
        {%- for name, choices in {
            "grouping": ["text", "behaviour", "random"],
            "personas": ["nested", "independent"],
            "time_bucket": ["day", "week", "month"],
            "undefined_intents": ["allow", "withhold"],
        }.items() -%}
            {%- if setting(name) not in choices -%} {{ refuse(name, "give " ~ choices | join(" or ")) }}{%- endif -%}
        {%- endfor -%}
        {%- set scales = setting("persona_scales") -%}
        {%- if scales is string or scales is not iterable or not scales | list -%}
            {{ refuse("persona_scales", "give a list of whole numbers, such as [2, 25]") }}
        {%- endif -%}
        {%- for scale in scales if not is_whole_number(scale, 1) -%}
            {{ refuse("persona_scales", "give a list of whole numbers, such as [2, 25]") }}
        {%- endfor -%}
        {%- for name in ["min_posts_per_user", "max_context_age_hours", "max_context_messages", "min_persona_size"] -%}
            {%- if not is_whole_number(setting(name), 1) -%} {{ refuse(name, "give a whole number from 1 on") }}{%- endif -%}
        {%- endfor -%}
        {%- if not is_whole_number(setting("k"), 3) -%}
            {{ refuse("k", "give a whole number from 3 on: of two people one is always half") }}
        {%- endif -%}
        {%- if setting("min_persona_size") < setting("k") -%}
            {{
                refuse(
                    "min_persona_size", "it must be k or more, so that no persona speaks for fewer people than a cell holds"
                )
            }}
        {%- endif -%}
        {%- if setting("release_seed") is not none and not is_whole_number(setting("release_seed"), 0) -%}
            {{ refuse("release_seed", "give null, or a whole number from 0 on") }}
        {%- endif -%}
        {%- if setting("ner") is not string or not modules.re.match("[A-Za-z0-9_./:-]+$", setting("ner")) -%}
            {{ refuse("ner", "give off, a spaCy model or folder, or transformers: and an id or folder") }}
        {%- endif -%}
        {%- for name in ["clustering_library_below", "seed"] -%}
            {%- if not is_whole_number(setting(name), 0) -%} {{ refuse(name, "give a whole number from 0 on") }}{%- endif -%}
        {%- endfor -%}
        {%- set start_us, end_us = iso_date_us("window_start"), iso_date_us("window_end") -%}
        {%- if start_us is not none and end_us is not none and start_us >= end_us -%}
            {{ refuse("window_end", "it must be later than window_start") }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro refuse(name, advice) -%}
    {{
        exceptions.raise_compiler_error(
            "Setting " ~ name ~ " is '" ~ var(name, var("settings")[target.name].get(name)) ~ "': " ~ advice ~ "."
        )
    }}
{%- endmacro %}

{% macro is_whole_number(value, least) -%}
    {{ return(value is integer and value is not boolean and least <= value <= 2147483646) }}
{%- endmacro %}

{% macro is_list_of_texts(value) -%}
    {%- if value is string or value is not iterable or not value | list -%} {{ return(false) }}{%- endif -%}
    {%- for item in value -%}
        {%- if item is not string or not modules.re.match("[A-Za-z0-9-]+$", item) -%} {{ return(false) }}{%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{# A setting that may leave: of a path on this machine only the last part. #}
{% macro without_folder(value) -%} {{ return(modules.re.sub("(?:[.~]|(?<![^ =:]))/[^ ]*/", "", value)) }}{%- endmacro %}
