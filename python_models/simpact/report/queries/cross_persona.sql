-- Grain: one row per persona and adapter.
select persona_id, adapter_persona_id, loss, thread_count, is_best
from simpact_private.experiment.cross_persona
order by persona_id, adapter_persona_id
