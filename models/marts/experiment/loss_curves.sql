-- Grain: one row per adapter and step: what was logged while it trained.
select adapter, step, epoch, loss, learning_rate, n_tokens, seconds from {{ ref("adapter_curves") }}
