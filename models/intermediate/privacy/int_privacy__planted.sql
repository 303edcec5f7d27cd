{{ config(materialized=on_driver("view")) }}
-- Grain: one row per piece of personal data that the generator of the bundled sample planted in a text that a message shows:
-- the code points [char_start, char_end). There is none in any other archive.
select written.text_hash, planted.entity, planted.start as char_start, planted."end" as char_end
from
    read_json(
        'seeds/sample/truth/pii.ndjson',
        columns = {uri:'varchar', entity:'varchar', value:'varchar', "start":'integer', "end":'integer'}
    ) as planted
inner join {{ ref("stg_bluesky__post_states") }} as states on planted.uri = states.uri
inner join {{ ref("int_privacy__written") }} as written on states.current_event_id = written.event_id
where substr(written.text, planted.start + 1, length(planted.value)) = planted.value  -- an edit may have taken it out
