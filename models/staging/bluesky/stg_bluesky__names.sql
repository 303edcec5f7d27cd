-- Grain: one row per name that anybody was ever called by: every handle, and every display name of any version of a profile, of
-- withheld people too. A view, so that nothing is kept: it is there to take names out of what others wrote.
with

    told as (
        select {{ json_columns("identity", {"name": "handle"}) }}, true as is_handle
        from {{ ref("events") }}
        where kind = 'identity'

        union all

        select {{ json_columns("record", {"name": "displayName"}) }}, false as is_handle
        from {{ ref("events") }}
        where collection = 'app.bsky.actor.profile' and has_record
    )

select distinct name, is_handle
from told
where name is not null and name <> ''
