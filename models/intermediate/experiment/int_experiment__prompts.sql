-- Grain: one row per held-out thread and group whose people act in it: a chosen persona, or the random group of its size.
with

    threads as (
        select *
        from {{ ref("int_experiment__threads") }}
        where split in ('test', 'test_unseen_users') and persona_id is not null
    ),

    grouped as (
        select 'persona' as grouped_by, threads.persona_id as group_id, threads.thread_id, threads.draw
        from threads
        inner join {{ ref("int_experiment__personas") }} as personas on threads.persona_id = personas.persona_id

        union all

        select 'random' as grouped_by, random_group as group_id, thread_id, draw
        from threads
        where random_group is not null
    )

select grouped_by, group_id, thread_id, draw
from grouped
qualify row_number() over (partition by grouped_by, group_id order by draw, thread_id) <= {{ setting("prompts_per_persona") }}
