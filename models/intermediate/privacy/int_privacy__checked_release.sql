{{ config(materialized=on_driver("table")) }}
-- Grain: one row: counts of what must not be, in what is to leave.
with

    threads as (select * from {{ ref("candidate_threads") }}),

    messages as (select * from {{ ref("candidate_messages") }}),

    shapes as (
        select
            thread_id,
            count(*) as message_count,
            count(distinct speaker) as speaker_count,
            count(distinct message_index) as index_count,
            min(message_index) as first_index,
            max(message_index) as last_index,
            count(case when is_action then 1 end) as action_count,
            max(case when is_action then message_index end) as action_index,
            count(gap) as gap_count
        from messages
        group by thread_id
    ),

    -- The first word of a new speaker carries the next number.
    introductions as (
        select thread_id, speaker, row_number() over (partition by thread_id order by min(message_index)) - 1 as speaker_number
        from messages
        group by thread_id, speaker
    ),

    fates as (select fate, count(*) as n_threads from {{ ref("int_privacy__fates") }} group by fate)

select
    (select count(*) from threads) as n_threads,
    (select count(*) from messages) as n_messages,
    (
        select count(*)
        from threads
        left join shapes on threads.thread_id = shapes.thread_id
        where
            shapes.action_count is distinct from 1
            or shapes.action_index <> shapes.last_index
            or shapes.message_count <> threads.message_count
            or shapes.index_count <> threads.message_count
            or shapes.first_index <> 0
            or shapes.last_index <> threads.message_count - 1
            or shapes.speaker_count <> threads.speaker_count
            or shapes.gap_count not in (0, threads.message_count - 1)
    ) as n_misshapen_threads,
    (select count(*) from introductions where speaker <> 'user_' || speaker_number) as n_speakers_out_of_order,
    (select count(*) from messages where thread_id not in (select threads.thread_id from threads)) as n_stray_messages,
    (select count(*) from messages where regexp_like(message_text, '(?i)\bdid:[a-z0-9]+:[a-z0-9._:%-]+')) as n_texts_with_did,
    (select count(*) from messages where regexp_like(message_text, '(?i)\bat://[a-z]')) as n_texts_with_uri,
    (select count(*) from messages where regexp_like(message_text, '(?i)bsky\.(social|app)')) as n_texts_with_bluesky_name,
    (select count(*) from messages where regexp_like(message_text, '(?i)(^|[^\pL\pN])@[a-z]')) as n_texts_with_handle,
    (
        select count(*) from messages where regexp_like(message_text, '(?i)[a-z0-9._%+-]+@[a-z0-9-]+\.[a-z]{2}')
    ) as n_texts_with_email,
    (
        select count(*)
        from messages
        where
            is_action
            and message_text is not null
            and thread_id in (
                select threads.thread_id from threads where threads.action_type not in ('post', 'reply', 'quote', 'post_update')
            )
    ) as n_wordless_actions_with_words,
    (select cast(coalesce(sum(n_threads), 0) as bigint) from fates) - (
        select count(*)
        from {{ ref("threads") }}
        where
            actor_did in (select members.user_did from {{ ref("persona_members") }} as members)
            or actor_did in (select left_out.user_did from {{ ref("int_automation__left_out") }} as left_out)
    ) as n_threads_without_fate,
    (select cast(coalesce(sum(n_threads), 0) as bigint) from fates where fate = 'released')
    - (select count(*) from threads) as n_threads_lost_on_the_way,
    (select sum(case when fate = 'released' then n_threads else 0 end) / sum(n_threads) from fates) as released_share
