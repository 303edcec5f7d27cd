{{ config(materialized="table") }}
-- Grain: one row per person with an account event; the last one is the state.
with

    account_events as (
        select
            did, time_us, file, line_number, {{ json_columns("body", {"active": "active", "status": "status", "seq": "seq"}) }}
        from {{ ref("stg_bluesky__person_events") }}
        where kind = 'account'
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
        from account_events
    )

select did, coalesce(active <> 'false', true) as is_active, status, time_us as changed_us
from numbered
where age_rank = 1
