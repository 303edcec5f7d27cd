-- Grain: one row per persona and persona that its people act towards, and one for anyone else together.
select scale, persona_id, target_persona_id, share from {{ ref("candidate_mixing") }}
