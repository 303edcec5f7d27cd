{{ config(materialized="table") }}
-- Grain: one row per person whose handle an identity event told; the last one counts.
with

    identity_events as (
        select did, time_us, file, line_number, {{ json_columns("body", {"handle": "handle", "seq": "seq"}) }}
        from {{ ref("stg_bluesky__person_events") }}
        where kind = 'identity'
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by did
                order by
                    case when regexp_like(seq, '^[0-9]{1,18}$') then cast(seq as bigint) else 0 end desc,
                    time_us desc,
                    file desc,
                    line_number desc
            ) as age_rank
        from identity_events
        where handle is not null
    )

select did, handle, time_us as changed_us
from numbered
where age_rank = 1
