{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('action_id', ref('int_fold__touched_actions')) }}",
    )
}}
-- depends_on: {{ ref("int_fold__touched_actions") }}
-- Grain: one row per action, with what became of it: it closes a thread, or the first reason why it does not
-- (docs/rules.md, 7).
with

    actions as (select * from {{ ref("int_actions__answered") }}),

    -- The post that holds the words of an action, or that it deletes.
    own_posts as (
        select
            states.uri,
            states.is_deleted,
            states.current_event_id,
            scope.has_text,
            scope.is_kept_language,
            scope.is_on_topic,
            coalesce(parents.is_broken, false) as is_parent_link_broken
        from {{ ref("stg_bluesky__post_states") }} as states
        inner join {{ ref("int_posts__scope") }} as scope on states.post_id = scope.post_id
        left join {{ ref("int_posts__parents") }} as parents on states.post_id = parents.post_id
    )

select
    actions.action_id,
    actions.action_type,
    actions.acted_us,
    actions.answered_post_id,
    actions.context_method,
    actions.context_age_seconds,
    case
        when withheld.reason is not null
        then withheld.reason
        when not actions.is_valid
        then 'invalid_record'
        when actions.carries_text and own_posts.is_deleted
        then 'text_deleted'
        when actions.carries_text and own_posts.current_event_id <> actions.action_id
        then 'text_superseded'
        when not {{ in_window("actions.acted_us") }}
        then 'outside_window'
        when actions.carries_text and not own_posts.has_text
        then 'no_text'
        when actions.carries_text and not own_posts.is_kept_language
        then 'other_language'
        when users.user_did is null
        then 'user_out_of_scope'
        when actions.is_undone_record_missing
        then 'undone_record_not_in_archive'
        when actions.direction = 'text' and actions.answered_post_id is null
        then case when actions.is_target_a_post then 'target_not_in_archive' else 'target_not_a_post' end
        when actions.action_type = 'reply' and own_posts.is_parent_link_broken
        then 'reply_cycle'
        when actions.is_answered_deleted and actions.action_type not in ('post_update', 'post_delete')
        then 'target_deleted'
        when actions.is_answered_withheld and actions.action_type not in ('post_update', 'post_delete')
        then 'target_withheld'
        when actions.direction = 'user' and actions.answered_post_id is null
        then {{ "'context_not_sought'" if setting("context_method") == "none" else "'no_recent_post'" }}
        when not coalesce(own_posts.is_on_topic, actions.is_answered_on_topic)
        then 'off_topic'
        else 'threaded'
    end as outcome
from actions
left join {{ ref("stg_bluesky__withheld") }} as withheld on actions.actor_did = withheld.did
left join {{ ref("int_users__in_scope") }} as users on actions.actor_did = users.user_did
left join own_posts on {{ uri_key("actions.post_uri") }} = {{ uri_key("own_posts.uri") }}
