-- Grain: one row per persona of the release.
select scale, persona_id, parent_persona_id, user_count, post_count, thread_count, silhouette, coalesce(top_terms, []) as top_terms
from simpact_release.release.personas
order by scale, persona_id
