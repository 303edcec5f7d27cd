{{ config(materialized="view") }}
-- depends_on: {{ ref("int_actions__engaged_posts") }}
-- Grain: one row per user-directed action that has a post to answer, as the setting context_method has it.
{% if setting("context_method") == "last_engaged" %}
    select
        coalesce(latest_posts.action_id, engaged_posts.action_id) as action_id,
        coalesce(engaged_posts.engaged_post_id, latest_posts.answered_post_id) as answered_post_id,
        coalesce(engaged_posts.created_us, latest_posts.answered_us) as answered_us,
        case when engaged_posts.action_id is not null then 'engaged_post' else 'latest_post' end as context_method
    from {{ ref("int_actions__latest_posts") }} as latest_posts
    full join {{ ref("int_actions__engaged_posts") }} as engaged_posts on latest_posts.action_id = engaged_posts.action_id
{% else %}
    select action_id, answered_post_id, answered_us, 'latest_post' as context_method
    from {{ ref("int_actions__latest_posts") }}
    where {{ "false" if setting("context_method") == "none" else "true" }}
{% endif %}
