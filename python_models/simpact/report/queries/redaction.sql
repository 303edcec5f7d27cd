-- Grain: one row per source of known personal data and kind.
select source, entity, n_true, n_masked, recall, precision
from simpact_private.quality.redaction
order by source, entity
