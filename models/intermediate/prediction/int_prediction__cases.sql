{{ config(materialized="view") }}
-- Grain: one row per example with a context, with all that was known before: without one, only a post can follow.
select
    examples.thread_id,
    examples.person,
    examples.action_type,
    examples.part_by_time,
    examples.part_at_random,
    examples.is_automated,
    'persona ' || examples.persona_id as persona,
    features.* exclude (thread_id, actor_did, action_type, acted_us, has_context)  -- noqa: RF02
from {{ ref("int_prediction__examples") }} as examples
inner join {{ ref("action_features") }} as features on examples.thread_id = features.thread_id
where examples.has_context
