-- Grain: one row per thread to learn from or to be asked about: the parts it belongs to by time, without a leak, and at random,
-- as the paper has it. Chance takes as many of each part as the setting allows.
with

    threads as (
        select
            threads.thread_id,
            threads.actor_did,
            threads.action_type,
            threads.answered_post_id is not null as has_context,
            threads.persona_id,
            automated.user_did is not null as is_automated,
            splits.split as part_by_time,
            ('0x' || substr(md5('{{ setting("seed") }} part ' || threads.thread_id), 1, 8))::uinteger % 10 as chance,
            md5('{{ setting("seed") }} example ' || threads.thread_id) as draw
        from {{ ref("int_prediction__threads") }} as threads
        inner join {{ ref("int_privacy__splits") }} as splits on threads.thread_id = splits.thread_id
        left join {{ ref("int_automation__automated") }} as automated on threads.actor_did = automated.user_did
    )

select
    thread_id,
    dense_rank() over (order by actor_did) as person,
    action_type,
    has_context,
    persona_id,
    is_automated,
    case
        when part_by_time = 'train' and '{{ setting("split") }}' = 'random' and chance = 8 then 'validation' else part_by_time
    end as part_by_time,
    case when chance < 8 then 'train' when chance = 8 then 'validation' else 'test' end as part_at_random
from threads
qualify
    row_number() over (partition by part_by_time, has_context order by draw, thread_id) <= {{ setting("max_action_threads") }}
