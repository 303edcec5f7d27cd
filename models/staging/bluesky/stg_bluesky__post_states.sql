-- Grain: one row per post that the archive saw created or updated, and whether it may be used. Its words are in
-- stg_bluesky__posts.
select
    posts.post_id,
    posts.record_hash,
    posts.uri,
    posts.author_did,
    posts.created_us,
    case when not posts.is_deleted then posts.last_written_event_id end as current_event_id,
    posts.is_deleted,
    withheld.did is not null as is_withheld,
    not posts.is_deleted and withheld.did is null as is_available,
    posts.parent_uri
from {{ ref("base_bluesky__posts") }} as posts
left join {{ ref("stg_bluesky__withheld") }} as withheld on posts.author_did = withheld.did
