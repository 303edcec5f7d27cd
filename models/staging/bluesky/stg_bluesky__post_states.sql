{{ config(materialized="table") }}
-- Grain: one row per post that the archive saw created or updated, as of the build: the fold of its versions. Its words are in
-- stg_bluesky__posts.
with

    versions as (
        select
            event_id,
            did,
            'at://' || did || '/' || collection || '/' || rkey as uri,
            time_us,
            rev,
            {{ operation_rank("operation") }} as operation_rank,
            operation <> 'delete' as is_written,
            parent_uri
        from {{ ref("stg_bluesky__commits") }}
        where collection = 'app.bsky.feed.post'
    ),

    ranked as (
        select
            *,
            row_number() over latest_written_first as age_rank,
            min(case when is_written then event_id end) over all_versions as post_id,
            min(case when is_written then time_us end) over all_versions as created_us,
            max(case when not is_written then rev end) over all_versions as deleted_rev
        from versions
        window
            latest_written_first as (
                partition by uri order by is_written desc, rev desc, operation_rank desc
            ),
            all_versions as (
                partition by uri
                order by is_written desc, rev desc, operation_rank desc
                rows between unbounded preceding and unbounded following
            )
    ),

    folded as (
        select
            post_id,
            uri,
            did as author_did,
            created_us,
            event_id,
            coalesce(deleted_rev >= rev, false) as is_deleted,
            parent_uri
        from ranked
        where age_rank = 1 and is_written
    )

select
    folded.post_id,
    folded.uri,
    folded.author_did,
    folded.created_us,
    case when not folded.is_deleted then folded.event_id end as current_event_id,
    folded.is_deleted,
    withheld.did is not null as is_withheld,
    not folded.is_deleted and withheld.did is null as is_available,
    folded.parent_uri
from folded
left join {{ ref("stg_bluesky__withheld") }} as withheld on folded.author_did = withheld.did
