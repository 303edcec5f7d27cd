-- Grain: one row per adapter, epoch and kind of example.
select adapter, epoch, role, loss, n_examples
from simpact_private.experiment.epochs
order by adapter, epoch, role
