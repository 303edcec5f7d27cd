-- Grain: one row per two people behind the mixing matrix, with the personas of both.
select actor_did, target_did, persona_id, target_persona_id from {{ ref("int_privacy__mixing_pairs") }}
