-- Grain: one row per event about a person, a commit once however often it was delivered.
select *
from {{ ref("base_bluesky__person_events") }}
where
    file_number in (select files.number from {{ ref("files") }} as files where files.is_selected)
    and event_id not in (select duplicates.event_id from {{ ref("stg_bluesky__duplicates") }} as duplicates)
