-- Grain: one row per time that is told and action type.
select
    case
        when time_bucket is null then 'none'
        when time_bucket like '%W%' then 'week'
        when len(time_bucket) = 7 then 'month'
        else 'day'
    end as told,
    time_bucket,
    action_type,
    count(*) as n_threads
from simpact_release.release.threads
group by time_bucket, action_type
order by told, time_bucket, action_type
