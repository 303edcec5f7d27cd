-- Grain: one row per person and thread of the release that was written last: whom an erasure must find, whatever was built
-- since.
-- depends_on: {{ ref("releases") }}
select cards.value as release_id, speakers.author_did, speakers.released_id as thread_id
from {{ ref("int_privacy__speakers") }} as speakers
cross join {{ ref("release_data_card") }} as cards
where cards.item = 'release_id'
