{{ config(materialized="view") }}
-- Grain: one row per split and held-out example: what the person did, and which person it was, by number.
with

    parts as (
        select
            thread_id,
            person,
            action_type,
            has_context,
            is_automated,
            unnest(['by_time', 'at_random']) as split,
            unnest([part_by_time, part_at_random]) as part
        from {{ ref("int_prediction__examples") }}
    )

select split, part, thread_id, person, action_type, has_context, is_automated
from parts
where part not in ('train', 'validation')
