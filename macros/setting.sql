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
            "context_method": ["most_recent", "last_engaged", "none"],
            "time_bucket": ["day", "week", "month"],
            "undefined_intents": ["allow", "withhold"],
            "split": ["by_time", "random"],
            "untested_adapters": ["allow", "refuse"],
            "recipe": var("recipes").keys() | list,
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
        {%- set max_automation = setting("max_automation") -%}
        {%- if max_automation is not none and not is_share(max_automation) -%}
            {{ refuse("max_automation", "give null, or a number above 0 up to 1") }}
        {%- endif -%}
        {%- for name in ["clustering_library_below", "seed"] -%}
            {%- if not is_whole_number(setting(name), 0) -%} {{ refuse(name, "give a whole number from 0 on") }}{%- endif -%}
        {%- endfor -%}
        {%- set hours = setting("archive_fresh_hours") -%}
        {%- if hours is not none and not is_whole_number(hours, 1) -%}
            {{ refuse("archive_fresh_hours", "give null, or a whole number from 1 on") }}
        {%- endif -%}
        {%- if setting("mixing_scale") not in scales and "model.simpact.candidate_mixing" in selected_resources -%}
            {{ refuse("mixing_scale", "give one of persona_scales: " ~ scales | join(", ")) }}
        {%- endif -%}
        {{ check_experiment() }}
        {%- set start_us, end_us = iso_date_us("window_start"), iso_date_us("window_end") -%}
        {%- if start_us is not none and end_us is not none and start_us >= end_us -%}
            {{ refuse("window_end", "it must be later than window_start") }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Settings that shape adapters and scores, and nothing of the release. #}
{% macro experiment_settings() -%}
    {{
        return(
            [
                "base_model",
                "recipe",
                "recipe_changes",
                "instructions",
                "instruction_share",
                "adapter_kinds",
                "adapter_scale",
                "adapter_personas",
                "max_training_threads",
                "max_action_threads",
                "boosting",
                "adapters_at_once",
                "training_hours",
                "report_to",
                "canaries",
                "audited_threads",
                "auc_ceiling",
                "tpr_ceiling",
                "untested_adapters",
                "prompts_per_persona",
                "generation",
                "predictions",
                "automation_threshold",
            ]
        )
    }}
{%- endmacro %}

{# Do they make sense? #}
{% macro check_experiment() -%}
    {%- for name in [
        "adapter_scale",
        "max_training_threads",
        "adapters_at_once",
        "audited_threads",
        "prompts_per_persona",
        "max_action_threads",
    ] -%}
        {%- if not is_whole_number(setting(name), 1) -%} {{ refuse(name, "give a whole number from 1 on") }}{%- endif -%}
    {%- endfor -%}
    {%- if not is_whole_number(setting("canaries"), 0) -%}
        {{ refuse("canaries", "give a whole number from 0 on") }}
    {%- endif -%}
    {%- if setting("adapter_scale") not in setting("persona_scales") and "model.simpact.adapter_plan" in selected_resources -%}
        {{ refuse("adapter_scale", "give one of persona_scales: " ~ setting("persona_scales") | join(", ")) }}
    {%- endif -%}
    {%- set personas = setting("adapter_personas") -%}
    {%- for number in (personas if personas is iterable and personas is not string and personas else [personas]) -%}
        {%- if not is_whole_number(number, 0) or personas is sameas 0 -%}
            {{ refuse("adapter_personas", "give a whole number from 1 on, or a list of the numbers of personas") }}
        {%- endif -%}
    {%- endfor -%}
    {%- set changes = setting("recipe_changes") if setting("recipe_changes") is not none else {} -%}
    {%- set values = var("recipes")[setting("recipe")].keys() | list -%}
    {%- if changes is not mapping -%}
        {{ refuse("recipe_changes", "give values of a recipe, such as {epochs: 3, learning_rate: 0.0002}") }}
    {%- endif -%}
    {%- for name in changes if name not in values -%}
        {{ refuse("recipe_changes", "a recipe has no value " ~ name ~ ", but " ~ values | join(", ")) }}
    {%- endfor -%}
    {%- set kinds = setting("adapter_kinds") -%}
    {%- if not is_list_of_texts(kinds) or kinds | reject(
        "in", ["persona", "unclustered", "random", "all"]
    ) | list or kinds | unique | list != kinds -%}
        {{ refuse("adapter_kinds", "give a list of some of persona, unclustered, random, all") }}
    {%- endif -%}
    {%- for name, low, high in [("auc_ceiling", 0.5, 1), ("tpr_ceiling", 0.01, 0.4)] -%}
        {%- if setting(name) is not number or not low < setting(name) < high -%}
            {{ refuse(name, "give a number between " ~ low ~ " and " ~ high) }}
        {%- endif -%}
    {%- endfor -%}
    {%- if not is_share(setting("automation_threshold")) -%}
        {{ refuse("automation_threshold", "give a number above 0 up to 1") }}
    {%- endif -%}
    {%- set boosting = setting("boosting") -%}
    {%- set knobs = ["learning_rate", "max_trees", "leaves", "min_threads_in_leaf", "l2", "share_of_features", "patience"] -%}
    {%- if boosting is not mapping or boosting | reject("in", knobs) | list -%}
        {{ refuse("boosting", "give values of some of " ~ knobs | join(", ") ~ ", or {}") }}
    {%- elif boosting.values() | reject("number") | list or boosting.values() | select("<=", 0) | list -%}
        {{ refuse("boosting", "give numbers above 0") }}
    {%- endif -%}
    {%- set share = setting("instruction_share") -%}
    {%- if share is not number or share < 0 or share >= 1 -%}
        {{ refuse("instruction_share", "give a number from 0 on, below 1") }}
    {%- endif -%}
    {%- set hours = setting("training_hours") -%}
    {%- if hours is not none and (hours is not number or hours < 0) -%}
        {{ refuse("training_hours", "give null, or a number from 0 on") }}
    {%- endif -%}
    {%- set report_to = setting("report_to") -%}
    {%- if report_to and not is_list_of_texts(report_to) -%}
        {{ refuse("report_to", "give a list, such as [tensorboard]") }}
    {%- endif -%}
    {%- set generation = setting("generation") -%}
    {%- if generation is not mapping or generation | sort != ["max_new_tokens", "temperature", "top_p"] -%}
        {{ refuse("generation", "give temperature, top_p and max_new_tokens") }}
    {%- elif not is_whole_number(generation["max_new_tokens"], 2) or generation["temperature"] is not number or generation[
        "temperature"
    ] <= 0 or generation["top_p"] is not number or not 0 < generation["top_p"] <= 1 -%}
        {{ refuse("generation", "temperature is above 0, top_p above 0 up to 1, max_new_tokens a whole number from 2 on") }}
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

{% macro is_share(value) -%} {{ return(value is number and value is not boolean and 0 < value <= 1) }} {%- endmacro %}

{% macro is_list_of_texts(value) -%}
    {%- if value is string or value is not iterable or not value | list -%} {{ return(false) }}{%- endif -%}
    {%- for item in value -%}
        {%- if item is not string or not modules.re.match("[A-Za-z0-9-]+$", item) -%} {{ return(false) }}{%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{# A setting that may leave: of a path on this machine only the last part. #}
{% macro without_folder(value) -%} {{ return(modules.re.sub("(?:[.~]|(?<![^ =:]))/[^ ]*/", "", value)) }}{%- endmacro %}
