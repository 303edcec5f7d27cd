-- Grain: one row per user with enough kept posts, replies and quotes to speak for a persona.
select author_did as user_did, count(*) as kept_post_count
from {{ ref("int_posts__scope") }}
where is_kept
group by author_did
having count(*) >= {{ setting("min_posts_per_user") }}
