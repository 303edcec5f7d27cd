-- Grain: one row per kind of personal data that was replaced.
select item as entity, value::bigint as n_replaced
from simpact_release.release.data_card
where section = 'redaction'
order by n_replaced desc, entity
