{{ config(materialized="table") }}
-- Grain: one row per person who is not withheld and has a profile: its current version.
with

    numbered as (
        select event_id, did, operation, row_number() over (partition by did order by rev desc, operation_rank desc) as age_rank
        from {{ ref("stg_bluesky__person_events") }}
        where collection = 'app.bsky.actor.profile' and rkey = 'self'
    ),

    current_profiles as (
        select event_id
        from numbered
        where
            age_rank = 1
            and operation <> 'delete'
            and did not in (select withheld.did from {{ ref("stg_bluesky__withheld") }} as withheld)
    )

select
    did,
    {{ json_columns("record", {"display_name": "displayName", "description": "description"}) }},
    {{ json_array("record", "labels.values") }} as self_labels,
    time_us as changed_us
from {{ ref("events") }}
where collection = 'app.bsky.actor.profile' and event_id in (select current_profiles.event_id from current_profiles)
