{{ config(materialized=on_driver("view")) }}
-- Grain: one row: a digest of what is to leave, as it is now. Attacks, measures and gates keep the one they judged, so that
-- nothing else leaves by their word.
with

    threads as (
        select
            count(*) as n,
            bit_xor(hash(thread_id, action_type, time_bucket, split, personas, message_count, speaker_count)) as x
        from {{ ref("candidate_threads") }}
    ),

    messages as (
        select count(*) as n, bit_xor(hash(thread_id, message_index, speaker, is_action, gap, message_text)) as x
        from {{ ref("candidate_messages") }}
    ),

    personas as (
        select count(*) as n, bit_xor(hash(scale, persona_id, parent_persona_id, user_count, thread_count, top_terms)) as x
        from {{ ref("candidate_personas") }}
    ),

    mixing as (
        select count(*) as n, bit_xor(hash(scale, persona_id, target_persona_id, share)) as x from {{ ref("candidate_mixing") }}
    )

select
    md5(concat_ws(' ', threads.n, threads.x, messages.n, messages.x, personas.n, personas.x, mixing.n, mixing.x)) as fingerprint
from threads
cross join messages
cross join personas
cross join mixing
