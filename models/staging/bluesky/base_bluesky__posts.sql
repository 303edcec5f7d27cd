{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('record_hash', ref('stg_fold__touched_commits')) }}",
    )
}}
-- depends_on: {{ ref("stg_fold__touched_commits") }}
-- depends_on: {{ ref("base_bluesky__commits") }}
-- Grain: one row per post that the archive saw created or updated, as of the build: the fold of its versions.
with

    versions as (
        select
            event_id,
            record_hash,
            did,
            'at://' || did || '/' || collection || '/' || rkey as uri,
            time_us,
            rev,
            {{ operation_rank("operation") }} as operation_rank,
            operation <> 'delete' as is_written,
            event_id in (select duplicates.event_id from {{ ref("stg_bluesky__duplicates") }} as duplicates) as is_duplicate,
            parent_uri
        from {{ commits_to_fold() }}
        where collection = 'app.bsky.feed.post'
    ),

    ranked as (
        select
            *,
            row_number() over latest_written_first as age_rank,
            -- of all deliveries, so that a late delivery from an earlier time does not give the post another id
            min(case when is_written then event_id end) over all_versions as post_id,
            min(case when is_written then time_us end) over all_versions as created_us,
            max(case when not is_written then rev end) over all_versions as deleted_rev
        from versions
        window
            latest_written_first as (partition by uri order by is_written desc, is_duplicate, rev desc, operation_rank desc),
            all_versions as (
                partition by uri
                order by is_written desc, is_duplicate, rev desc, operation_rank desc
                rows between unbounded preceding and unbounded following
            )
    )

select
    record_hash,
    post_id,
    uri,
    did as author_did,
    created_us,
    event_id as last_written_event_id,
    coalesce(deleted_rev >= rev, false) as is_deleted,
    parent_uri
from ranked
where age_rank = 1 and is_written
