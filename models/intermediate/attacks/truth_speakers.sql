-- Grain: one row per released thread and speaker: who it is.
select cast(released_id as string) as thread_id, 'user_' || speaker_number as speaker, author_did as did
from {{ ref("int_privacy__speakers") }}
