{{ config(materialized="table") }}
-- Grain: one row per commit that was delivered before. Jetstream delivers at least once; the same (did, collection, rkey,
-- operation, rev) is the same event, and the delivery with the smallest (time_us, file, line number) stays.
with

    commits as (
        select * from {{ ref("base_bluesky__events") }} where kind = 'commit'
    ),

    -- Grouping 10 M events by five texts takes three times as long as by their hash; a hash that is alone is no duplicate.
    repeated_hashes as (
        select xxhash64(did, collection, rkey, operation, rev) as event_hash
        from commits
        group by event_hash
        having count(*) > 1
    ),

    suspects as (
        select *
        from commits
        where
            xxhash64(did, collection, rkey, operation, rev)
            in (select event_hash from repeated_hashes)
    ),

    numbered as (
        select
            event_id,
            row_number() over (
                partition by did, collection, rkey, operation, rev
                order by time_us, file, line_number
            ) as delivery
        from suspects
    )

select event_id
from numbered
where delivery > 1
