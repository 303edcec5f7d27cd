-- Grain: one row per name that the archive itself tells: the dictionary of an attacker. It comes from what people were ever
-- called, and not from what the redaction looked for.
select name, 'handle' as kind
from {{ ref("stg_bluesky__names") }}
where is_handle

union

select actor_did as name, 'did' as kind
from {{ ref("actions") }}

union

select author_did as name, 'did' as kind
from {{ ref("stg_bluesky__post_states") }}

union

select name, 'display_name' as kind
from {{ ref("stg_bluesky__names") }}
where not is_handle
