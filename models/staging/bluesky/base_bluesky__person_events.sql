{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_replaced_files() }}",
    )
}}
-- depends_on: {{ ref("files") }}
-- Grain: one row per event about a person rather than an action: account, identity, profile, intents. A hundredth of the
-- archive, kept apart so that four models need not look for it in the whole.
select
    event_id,
    file_number,
    file,
    line_number,
    did,
    time_us,
    kind,
    operation,
    collection,
    rkey,
    rev,
    {{ operation_rank("operation") }} as operation_rank,
    coalesce(record, account, identity) as body
from {{ ref("events") }}
where
    (kind in ('account', 'identity') or collection in ('app.bsky.actor.profile', 'org.user-intents.declaration'))
    {% if is_incremental() %} and event_id > (select coalesce(max(kept.event_id), 0) from {{ this }} as kept) {% endif %}
