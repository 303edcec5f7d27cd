-- Grain: one row per event of the files that SIMPACT_ARCHIVE names, deliveries of the same event counted each.
select
    event_id,
    file,
    line_number,
    did,
    time_us,
    kind,
    operation,
    collection,
    rkey,
    rev,
    case operation when 'create' then 0 when 'update' then 1 when 'delete' then 2 end as operation_rank,
    subject,
    parent_uri,
    root_uri,
    quoted_uri,
    record,
    account,
    identity
from {{ ref("events") }}
where reject_reason is null and file_number in (select number from {{ ref("files") }} where is_selected)
