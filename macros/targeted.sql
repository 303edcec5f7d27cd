{# Deliveries of actions, once each, with the post or the person each is directed at. #}
{% macro targeted(deliveries) -%}
    with

        actions as (
            select *
            from {{ deliveries }}
            where action_id not in (select duplicates.event_id from {{ ref("stg_bluesky__duplicates") }} as duplicates)
        ),

        aimed as (
            select
                actions.*,
                undone.undone_action_id,
                case
                    when actions.collection <> 'app.bsky.feed.post'
                    then coalesce(actions.subject, undone.subject)
                    when actions.action_type = 'reply'
                    then actions.parent_uri
                    when actions.action_type = 'quote'
                    then actions.quoted_uri
                    when actions.action_type in ('post_update', 'post_delete')
                    then actions.post_uri
                end as target
            from actions
            left join {{ ref("int_actions__undone") }} as undone on actions.action_id = undone.action_id
        )

    select
        action_id,
        actor_did,
        action_type,
        direction,
        carries_text,
        acted_us,
        post_uri,
        case when direction = 'text' then target end as target_uri,
        direction = 'text' and coalesce({{ is_post_uri("target") }}, false) as is_target_a_post,
        case when direction = 'text' then split_part(target, '/', 3) when direction = 'user' then target end as target_did,
        operation = 'delete' and collection <> 'app.bsky.feed.post' and undone_action_id is null as is_undone_record_missing,
        case
            when operation = 'delete' then true when collection = 'app.bsky.feed.post' then has_record else subject is not null
        end as is_valid
    from aimed
{%- endmacro %}
