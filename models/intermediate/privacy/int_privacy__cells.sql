{{ config(materialized=on_driver("table")) }}
-- Grain: one row per thread that is not a repetition: the cell it can leave in, or none. A cell holds all threads that are
-- alike in what a recipient holds together: the personas, the time bucket, the action, who speaks when, in words or not, and
-- after which gaps, the split. `k` distinct people must have acted in it. What finds no such cell is told more coarsely, gaps
-- first, then time, then persona, and tried again among its like; what never finds one stays here.
-- Spark would compute every level anew wherever one names it: 4 to the power of the levels.
{% set levels = generalisation_levels() %}

with

    threads as (select * from {{ ref("int_privacy__candidates") }} where not is_repeated),

    personas as (
        select
            user_did,
            scale,
            row_number() over (partition by user_did order by scale desc) as coarseness,
            array_join(persona_ids, ',') as path
        from {{ ref("int_privacy__user_personas") }}
    ),

    unplaced_0 as (select thread_id, actor_did, action_type, speakers, gaps, split, acted_us from threads),

    {% for level in levels %}
        tried_{{ loop.index }} as (
            select
                unplaced.thread_id,
                unplaced.actor_did,
                personas.scale,
                {{ time_bucket("unplaced.acted_us", level.bucket) }} as time_bucket,
                concat_ws(
                    '|',
                    '{{ loop.index }}',
                    coalesce(personas.scale, 0),
                    coalesce(personas.path, ''),
                    coalesce({{ time_bucket("unplaced.acted_us", level.bucket) }}, ''),
                    unplaced.action_type,
                    unplaced.speakers,
                    {{ "unplaced.gaps" if level.tells_gaps else "''" }},
                    unplaced.split
                ) as cell
            from unplaced_{{ loop.index0 }} as unplaced
            left join personas on unplaced.actor_did = personas.user_did and personas.coarseness = {{ level.coarseness }}
        ),

        large_{{ loop.index }} as (
            select cell from tried_{{ loop.index }} group by cell having count(distinct actor_did) >= {{ setting("k") }}
        ),

        placed_{{ loop.index }} as (
            select
                thread_id, actor_did, {{ loop.index }} as level, scale, time_bucket, {{ level.tells_gaps }} as tells_gaps, cell
            from tried_{{ loop.index }}
            where cell in (select large.cell from large_{{ loop.index }} as large)
        ),

        unplaced_{{ loop.index }} as (
            select *
            from unplaced_{{ loop.index0 }}
            where thread_id not in (select placed.thread_id from placed_{{ loop.index }} as placed)
        ),
    {% endfor %}

    placed as (
        {% for level in levels %}
            select thread_id, level, scale, time_bucket, tells_gaps, cell
            from placed_{{ loop.index }}
            {% if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    )

select threads.thread_id, threads.actor_did, placed.level, placed.scale, placed.time_bucket, placed.tells_gaps, placed.cell
from threads
left join placed on threads.thread_id = placed.thread_id
