-- Grain: one row per adapter and thread that it learns or is looked at with. Members train; controls are threads of people who
-- never train, otherwise like them; held-out threads come from the later part of the split.
with

    threads as (select * from {{ ref("int_experiment__threads") }}),

    in_group as (
        select
            adapters.adapter,
            adapters.kind,
            adapters.persona_id,
            threads.thread_id,
            threads.person,
            case
                when threads.split in ('test', 'test_unseen_users')
                then 'held_out'
                when threads.is_control
                then 'control'
                else 'member'
            end as role,
            -- Samples of anybody are drawn anew for each adapter.
            case when adapters.kind = 'unclustered' then md5(adapters.adapter || threads.draw) else threads.draw end as draw
        from {{ ref("adapter_plan") }} as adapters
        inner join
            threads
            on case
                adapters.kind
                when 'persona'
                then threads.persona_id = adapters.persona_id
                when 'random'
                then threads.random_group = adapters.persona_id
                else true
            end
        where
            threads.split in ('train', 'test', 'test_unseen_users')
            and (adapters.kind = 'all' or threads.persona_id is not null)
    ),

    numbered as (
        select *, row_number() over (partition by adapter, role order by draw, thread_id)::integer as turn from in_group
    ),

    -- Adapters that are compared learn equally many threads: as many as the persona and the random group of its size both have.
    limits as (
        select persona_id, min(member_count) as member_count
        from
            (
                select adapter, persona_id, count(*) as member_count
                from numbered
                where kind in ('persona', 'random') and role = 'member'
                group by adapter, persona_id
            )
        group by persona_id
    )

select numbered.adapter, numbered.role, numbered.turn, numbered.thread_id, numbered.person
from numbered
left join limits on numbered.persona_id = limits.persona_id
where
    numbered.turn <= case
        numbered.role
        when 'member'
        then least(limits.member_count, {{ setting("max_training_threads") }})
        else {{ setting("audited_threads") }}
    end
