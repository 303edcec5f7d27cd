{{ config(materialized="table") }}
-- Grain: one row per person whose content must not be used, with the first reason that holds.
{% set columns = {
    "bulkDataset": "allows_bulk_dataset",
    "syntheticContentGeneration": "allows_synthetic_content_generation",
    "protocolBridging": "allows_protocol_bridging",
    "publicAccessArchive": "allows_public_access_archive",
} %}
{% for intent in setting("withheld_intents") if intent not in columns %}
    {{
        exceptions.raise_compiler_error(
            "Setting withheld_intents: '" ~ intent ~ "' is none of " ~ columns | join(", ") ~ "."
        )
    }}
{% endfor %}

with

    reasons as (
        select did, 'actor_inactive' as reason, 1 as priority
        from {{ ref("stg_bluesky__accounts") }}
        where not is_active

        union all

        select did, 'actor_disallows' as reason, 2 as priority
        from {{ ref("stg_bluesky__user_intents") }}
        where false {% for intent in setting("withheld_intents") %} or not {{ columns[intent] }} {% endfor %}

        {% if setting("undefined_intents") == "withhold" %}
            union all

            select people.did, 'actor_disallows' as reason, 2 as priority
            from (select distinct did from {{ ref("base_bluesky__commits") }}) as people
            left join {{ ref("stg_bluesky__user_intents") }} as intents on people.did = intents.did
            where
                false
                {% for intent in setting("withheld_intents") %}
                    or coalesce(intents.{{ columns[intent] }}, false) is false
                {% endfor %}
        {% endif %}
    )

select did, min_by(reason, priority) as reason
from reasons
group by did
