-- Grain: one row per row of the mixing matrix that is to leave.
select persona_id, target_persona_id, share from {{ ref("candidate_mixing") }}
