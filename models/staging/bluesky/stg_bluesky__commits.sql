-- Grain: one row per commit, once however often it was delivered.
select *
from {{ ref("base_bluesky__commits") }}
where event_id not in (select event_id from {{ ref("stg_bluesky__duplicates") }})
