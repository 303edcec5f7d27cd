{{ config(materialized="table") }}
-- Grain: one row per person who is not withheld and whose handle an identity event told; the last one counts.
with

    identity_events as (
        select did, time_us, file, line_number, {{ json_columns("identity", {"handle": "handle", "seq": "seq"}) }}
        from {{ ref("events") }}
        where
            kind = 'identity'
            and event_id in (select heard.event_id from {{ ref("stg_bluesky__person_events") }} as heard)
            and did not in (select withheld.did from {{ ref("stg_bluesky__withheld") }} as withheld)
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by did
                order by
                    case when regexp_like(seq, '^[0-9]{1,18}\z') then cast(seq as bigint) else 0 end desc,
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
