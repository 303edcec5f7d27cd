{{ config(materialized="view") }}
-- Grain: one row per action: who did what to whom, when, and what became of it.
select
    outcomes.action_id,
    targeted.actor_did,
    outcomes.action_type,
    targeted.target_uri,
    targeted.target_did,
    posts.text as action_text,
    outcomes.answered_post_id,
    outcomes.context_method,
    outcomes.context_age_seconds,
    outcomes.outcome,
    outcomes.acted_us,
    timestamp_micros(outcomes.acted_us) as acted_at
from {{ ref("int_actions__outcomes") }} as outcomes
inner join {{ ref("int_actions__targeted") }} as targeted on outcomes.action_id = targeted.action_id
left join {{ ref("stg_bluesky__posts") }} as posts on outcomes.action_id = posts.event_id
