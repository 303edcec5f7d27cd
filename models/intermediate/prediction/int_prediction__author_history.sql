-- Grain: one row per thread with a context: what the author of the post that it answers had written and met with, and what had
-- passed between author and actor.
with

    threads as (select * from {{ ref("int_prediction__threads") }} where author_did is not null),

    history as (select * from {{ ref("int_prediction__history") }}),

    authors as (select distinct author_did from threads),

    moments as (
        select actor_did as author_did, target_did as other_did, 'given' as direction, action_group, acted_us, null as thread_id
        from history
        where actor_did in (select authors.author_did from authors)

        union all

        select
            target_did as author_did, actor_did as other_did, 'received' as direction, action_group, acted_us, null as thread_id
        from history
        where target_did in (select authors.author_did from authors)

        union all

        select author_did, actor_did as other_did, 'asked' as direction, null as action_group, acted_us, thread_id
        from threads
    ),

    told as (
        select
            *,
            case when direction = 'given' and action_group in ('post', 'reply', 'quote') then acted_us end as post_us,
            case when direction = 'received' then acted_us end as received_us
        from moments
    )

select
    thread_id,
    count(post_us) over of_author as posts,
    (acted_us - max(post_us) over of_author) / 1e6 as seconds_since_post,
    {{ counts_by_group("of_author", "direction = 'received'") }} as received,
    {{ counts_by_group("of_pair", "direction = 'received'") }} as from_actor,
    arg_max(action_group, {'received_us':received_us, 'action_group':action_group}) filter (direction = 'received') over of_pair
    as last_from_actor,
    (acted_us - max(received_us) over of_pair) / 1e6 as seconds_since_actor,
    {{ counts_by_group("of_pair", "direction = 'given'") }} as to_actor
from told
window of_author as (partition by author_did {{ before() }}), of_pair as (partition by author_did, other_did {{ before() }})
qualify thread_id is not null
