-- Grain: one row per person who is not withheld and has a profile: which version of it is the current one. What it says is in
-- stg_bluesky__profiles.
with

    numbered as (
        select event_id, did, operation, row_number() over (partition by did order by rev desc, operation_rank desc) as age_rank
        from {{ ref("stg_bluesky__person_events") }}
        where collection = 'app.bsky.actor.profile' and rkey = 'self'
    )

select did, event_id as current_event_id
from numbered
where
    age_rank = 1
    and operation <> 'delete'
    and did not in (select withheld.did from {{ ref("stg_bluesky__withheld") }} as withheld)
