-- Grain: one row per adapter: what it learnt, how, how fast, and what came of it.
with

    last_losses as (
        select *
        from {{ ref("int_experiment__losses") }}
        where role = 'held_out'
        qualify epoch = max(epoch) over (partition by adapter)
    )

select
    plan.adapter,
    plan.kind,
    plan.scale,
    plan.persona_id,
    trained.status,
    trained.base_model,
    trained.is_smoke,
    trained.recipe ->> 'loss' as loss_function,
    trained.recipe,
    trained.n_examples,
    trained.n_steps,
    round(trained.seconds, 1) as seconds,
    round(trained.tokens_per_second) as tokens_per_second,
    losses.loss as held_out_loss,
    losses.fall as held_out_fall,
    losses.fall_ci_low as held_out_fall_ci_low,
    losses.fall_ci_high as held_out_fall_ci_high,
    verdicts.verdict,
    trained.folder,
    trained.training_sha256,
    trained.weights_sha256
from {{ ref("adapter_plan") }} as plan
inner join {{ ref("trained_adapters") }} as trained on plan.adapter = trained.adapter
left join last_losses as losses on plan.adapter = losses.adapter
left join {{ ref("adapter_verdicts") }} as verdicts on trained.folder = verdicts.folder
