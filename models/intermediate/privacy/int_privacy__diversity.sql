{{ config(materialized=on_driver("table")) }}
-- Grain: one row per class of threads that are alike in persona, time and split: how many actions it holds, and how far their
-- shares are from those of the whole release (total variation, which is the earth mover's distance where all actions are
-- equally far apart; Li et al. 2007). Reported, not gated: an action is what the release is about.
with

    threads as (select personas, time_bucket, split, action_type from {{ ref("candidate_threads") }}),

    whole as (select action_type, count(*) / (select count(*) from threads) as share from threads group by action_type),

    sizes as (select personas, time_bucket, split, count(*) as n_threads from threads group by personas, time_bucket, split),

    shares as (
        select
            sizes.personas,
            sizes.time_bucket,
            sizes.split,
            sizes.n_threads,
            whole.action_type,
            whole.share as whole_share,
            count(threads.action_type) / sizes.n_threads as share
        from sizes
        cross join whole
        left join
            threads
            on sizes.personas = threads.personas
            and sizes.time_bucket is not distinct from threads.time_bucket
            and sizes.split = threads.split
            and whole.action_type = threads.action_type
        group by sizes.personas, sizes.time_bucket, sizes.split, sizes.n_threads, whole.action_type, whole.share
    )

select
    row_number() over (order by n_threads desc, split, time_bucket nulls last, personas) as class_number,
    n_threads,
    count(case when share > 0 then 1 end) as n_actions,
    sum(abs(share - whole_share)) / 2 as distance
from shares
group by personas, time_bucket, split, n_threads
