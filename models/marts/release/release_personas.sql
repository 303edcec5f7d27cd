-- Grain: one row per persona: a group of users at one scale.
select scale, persona_id, parent_persona_id, user_count, post_count, thread_count, silhouette, top_terms
from {{ ref("candidate_personas") }}
