-- Grain: one row per adapter, epoch and kind of example: mean loss in nats per token, and how far it fell below the base's.
select adapter, epoch, role, loss, fall, fall_ci_low, fall_ci_high, n_examples from {{ ref("int_experiment__losses") }}
