-- Grain: one row per fate of threads and what is told of them. How many people is nobody's business: it can be one.
select
    fate,
    level,
    scale,
    told_time,
    tells_gaps,
    n_threads,
    share
from simpact_private.quality.suppression
order by fate <> 'released', level nulls last, n_threads desc, fate
