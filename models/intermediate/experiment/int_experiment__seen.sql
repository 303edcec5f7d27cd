-- Grain: one row per trained adapter and person who speaks in a thread that it learnt: whose erasure makes it stale.
select distinct trained.folder, speakers.author_did, keyed('person ' || speakers.author_did) as person_key
from {{ ref("int_experiment__examples") }} as chosen
inner join {{ ref("trained_adapters") }} as trained on chosen.adapter = trained.adapter and trained.status = 'trained'
inner join {{ ref("int_privacy__speakers") }} as speakers on chosen.thread_id = speakers.released_id
where chosen.role = 'member'
order by trained.folder, person_key
