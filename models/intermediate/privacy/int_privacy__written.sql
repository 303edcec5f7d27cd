-- Grain: one row per version of a post whose words a message shows.
select event_id, author_did, text, md5(text) as text_hash
from {{ ref("stg_bluesky__posts") }}
where text is not null and event_id in (select messages.text_event_id from {{ ref("int_privacy__messages") }} as messages)
