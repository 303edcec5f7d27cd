-- Grain: one row per expectation.
select expectation, column_name, why, success, n_unexpected, n_rows
from simpact_private.quality.gate_adapters
order by success, expectation, column_name, why
