{{ config(materialized="view") }}
-- Grain: one row per split and held-out thread whose actor had, in training, answered the same words of the same author: what
-- they did then most often, and last of what they did as often. Where it finds something, little is left to predict.
with

    asked as (
        select
            examples.thread_id,
            examples.action_type,
            threads.actor_did,
            threads.author_did,
            threads.acted_us,
            words.text_hash,
            unnest(['by_time', 'at_random']) as split,
            unnest([examples.part_by_time, examples.part_at_random]) as part
        from {{ ref("int_prediction__examples") }} as examples
        inner join {{ ref("int_prediction__threads") }} as threads on examples.thread_id = threads.thread_id
        inner join {{ ref("int_prediction__words") }} as words on examples.thread_id = words.thread_id
    ),

    history as (
        select split, actor_did, author_did, text_hash, action_type, count(*) as thread_count, max(acted_us) as last_us
        from asked
        where part = 'train'
        group by all
    )

select asked.split, asked.thread_id, history.action_type
from asked
inner join
    history
    on asked.split = history.split
    and asked.actor_did = history.actor_did
    and asked.author_did = history.author_did
    and asked.text_hash = history.text_hash
where asked.part not in ('train', 'validation')
qualify
    row_number() over (
        partition by asked.split, asked.thread_id order by history.thread_count desc, history.last_us desc, history.action_type
    )
    = 1
