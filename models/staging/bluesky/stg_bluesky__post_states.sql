{{ config(materialized="table") }}
-- Grain: one row per post that the archive saw created or updated, as of the build: the fold of its versions. No text here.
with

    versions as (
        select
            event_id,
            did,
            'at://' || did || '/' || collection || '/' || rkey as uri,
            time_us,
            operation,
            rev,
            {{ operation_rank("operation") }} as operation_rank,
            parent_uri,
            root_uri,
            quoted_uri
        from {{ ref("stg_bluesky__commits") }}
        where collection = 'app.bsky.feed.post'
    ),

    folded as (
        select
            uri,
            min(event_id) filter (where operation <> 'delete') as post_id,
            min(time_us) filter (where operation <> 'delete') as created_us,
            max_by(event_id, (rev, operation_rank)) as last_event_id,
            max_by(event_id, (rev, operation_rank)) filter (
                where operation <> 'delete'
            ) as last_written_event_id
        from versions
        group by uri
    ),

    written as (select * from folded where post_id is not null)

select
    written.post_id,
    written.uri,
    versions.did as author_did,
    written.created_us,
    case
        when written.last_event_id = written.last_written_event_id then written.last_event_id
    end as current_event_id,
    written.last_event_id <> written.last_written_event_id as is_deleted,
    withheld.did is not null as is_withheld,
    written.last_event_id = written.last_written_event_id and withheld.did is null as is_available,
    versions.parent_uri,
    versions.root_uri,
    case
        when regexp_like(versions.quoted_uri, '^at://[^/]+/app[.]bsky[.]feed[.]post/[^/]+$')
        then versions.quoted_uri
    end as quoted_uri
from written
inner join versions on written.last_written_event_id = versions.event_id
left join {{ ref("stg_bluesky__withheld") }} as withheld on versions.did = withheld.did
