{{ config(materialized="table_function", alias="persona", parameters=["which_scale", "which_persona"]) }}
-- The card of one persona: its figures, its actions, the commonest first, and one thread of each: from explore.persona(25, 7)
with

    card as (select * from {{ ref("personas") }} where scale = which_scale and persona_id = which_persona),

    people as (select user_did from {{ ref("persona_members") }} where scale = which_scale and persona_id = which_persona),

    of_persona as (
        select threads.thread_id, threads.action_type
        from {{ ref("threads") }} as threads
        inner join people on threads.actor_did = people.user_did
    ),

    actions as (
        select action_type, count(*) as n_threads, count(*) / sum(count(*)) over () as share, max(thread_id) as such_as
        from of_persona
        group by action_type
    ),

    shown as (
        select 1 as part, 0 as place, 'people' as item, n_users::varchar as value
        from card

        union all

        select 1, 1, 'posts', n_posts::varchar
        from card

        union all

        select 1, 2, 'threads', (select count(*) from of_persona)::varchar
        from card

        union all

        select 1, 3, 'part of persona', parent_persona_id::varchar
        from card

        union all

        select 1, 4, 'silhouette', round(silhouette, 3)::varchar
        from card

        union all

        select 1, 5, 'words', array_to_string(top_terms, ', ')
        from card

        union all

        select 2, - n_threads, action_type, format('{} threads, {:.1f} %', n_threads, 100 * share)
        from actions

        union all

        select
            3,
            - actions.n_threads,
            'such as thread ' || actions.such_as,
            concat_ws(': ', messages.author_did || ' ' || actions.action_type, messages.message_text)
        from actions
        inner join {{ ref("thread_messages") }} as messages on actions.such_as = messages.thread_id and messages.is_action
    )

select item, value
from shown
where value is not null
order by part, place, item
