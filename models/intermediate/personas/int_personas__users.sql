-- Grain: one row per user in scope who is not left out as automated, numbered.
select user_did, row_number() over (order by user_did) - 1 as user_number, kept_post_count
from {{ ref("int_users__in_scope") }}
where user_did not in (select left_out.user_did from {{ ref("int_automation__left_out") }} as left_out)
