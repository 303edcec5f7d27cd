{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('commit_hash', ref('stg_fold__touched_commits')) }}",
    )
}}
-- depends_on: {{ ref("stg_fold__touched_commits") }}
-- depends_on: {{ ref("base_bluesky__commits") }}
-- Grain: one row per commit that was delivered before. Jetstream delivers at least once; the same (did, collection, rkey,
-- operation, rev) is the same event, and the delivery with the smallest (time_us, file, line number) stays.
with

    -- A hash that is alone is no duplicate; two equal ones are looked at again, by what they are made of.
    repeated as (select commit_hash from {{ commits_to_fold() }} group by commit_hash having count(*) > 1),

    numbered as (
        select
            event_id,
            commit_hash,
            row_number() over (
                partition by did, collection, rkey, operation, rev order by time_us, file, line_number
            ) as delivery
        from {{ commits_to_fold() }}
        where commit_hash in (select repeated.commit_hash from repeated)
    )

select event_id, commit_hash
from numbered
where delivery > 1
