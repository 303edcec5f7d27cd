{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_unwanted('event_id', ref('stg_bluesky__profile_states'), 'current_event_id') }}",
    )
}}
-- depends_on: {{ ref("stg_fold__started") }}
-- Grain: one row per person who is not withheld and has a profile: what its current version says.
select
    event_id,
    did,
    {{ json_columns("record", {"display_name": "displayName", "description": "description"}) }},
    {{ json_array("record", "labels.values") }} as self_labels,
    time_us as changed_us
from {{ ref("events") }}
where
    collection = 'app.bsky.actor.profile'
    and event_id in (
        select states.current_event_id
        from {{ ref("stg_bluesky__profile_states") }} as states
        {% if is_incremental() %}
            where states.current_event_id not in (select kept.event_id from {{ this }} as kept)
        {% endif %}
    )
