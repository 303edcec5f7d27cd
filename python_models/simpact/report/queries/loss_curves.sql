-- Grain: one row per adapter and sixtieth of its training.
with

    binned as (
        select
            adapter,
            step,
            loss,
            (step - 1) * 60 // max(step) over (partition by adapter) as place
        from simpact_private.experiment.loss_curves
    )

select adapter, max(step) as step, avg(loss) as loss
from binned
group by adapter, place
order by adapter, step
