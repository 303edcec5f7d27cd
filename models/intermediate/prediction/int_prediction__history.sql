-- Grain: one row per action as it was delivered, whatever became of it later: what could be seen at the time. People who are
-- withheld have done nothing.
select action_id, actor_did, {{ action_group("action_type") }} as action_group, target_uri, target_did, acted_us
from {{ ref("int_actions__targeted") }}
where is_valid and actor_did not in (select withheld.did from {{ ref("stg_bluesky__withheld") }} as withheld)
