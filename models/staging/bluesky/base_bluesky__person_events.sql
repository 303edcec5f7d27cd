{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_unwanted('file_number', ref('files'), 'number') }}",
    )
}}
-- depends_on: {{ ref("files") }}
-- depends_on: {{ ref("stg_fold__started") }}
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
    -- What a profile or a handle says stays in raw: stg_bluesky__profiles and stg_bluesky__identities take the current ones of
    -- who is not withheld.
    case when kind = 'account' or collection = 'org.user-intents.declaration' then coalesce(record, account) end as body
from {{ ref("events") }}
where
    (kind in ('account', 'identity') or collection in ('app.bsky.actor.profile', 'org.user-intents.declaration'))
    {% if is_incremental() %}
        and file_number in (
            select files.number
            from {{ ref("files") }} as files
            where files.number not in (select kept.file_number from {{ this }} as kept)
        )
    {% endif %}
