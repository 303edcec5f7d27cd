{{ config(materialized=on_driver("table")) }}
-- Grain: one row per person and thread of the release that they speak in. Whoever holds the key can find a person's
-- threads, also when nothing else of the warehouse is left; nobody else can tell whose they are.
with

    speakers as (select * from {{ ref("int_privacy__speakers") }}),

    people as (
        select author_did, keyed('person ' || author_did) as person_key from (select distinct author_did from speakers) as dids
    )

select people.person_key, speakers.released_id as thread_id, speakers.author_did = released.actor_did as is_actor
from speakers
inner join people on speakers.author_did = people.author_did
inner join {{ ref("int_privacy__released") }} as released on speakers.released_id = released.released_id
order by people.person_key, speakers.released_id
