-- Grain: one row per user in scope, numbered.
select user_did, row_number() over (order by user_did) - 1 as user_number, kept_post_count from {{ ref("int_users__in_scope") }}
