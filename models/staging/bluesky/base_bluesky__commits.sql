-- Grain: one row per delivery of a commit in the files that SIMPACT_ARCHIVE names.
select
    event_id,
    file_number,
    file,
    line_number,
    did,
    time_us,
    operation,
    collection,
    rkey,
    rev,
    commit_hash,
    record_hash,
    subject,
    parent_uri,
    quoted_uri,
    has_record
from {{ ref("events") }}
where kind = 'commit' and file_number in (select files.number from {{ ref("files") }} as files where files.is_selected)
