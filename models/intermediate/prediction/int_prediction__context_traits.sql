-- Grain: one row per thread with a context: what the post that it answers looks like, and the conversation above it. Of a post
-- of the actor's own both are unknown: they are read from its current version, which an edit that is to be predicted wrote.
with

    threads as (select * from {{ ref("int_prediction__threads") }} where answered_post_id is not null),

    words as (
        select words.thread_id, posts.*, scope.is_kept_language
        from {{ ref("int_prediction__words") }} as words
        inner join {{ ref("stg_bluesky__posts") }} as posts on words.event_id = posts.event_id
        inner join {{ ref("int_posts__scope") }} as scope on words.post_id = scope.post_id
    ),

    conversations as (
        select
            threads.thread_id,
            count(*) as message_count,
            count(distinct paths.author_did) as speaker_count,
            count(*) filter (paths.author_did = threads.actor_did) as messages_by_actor,
            coalesce(bool_or(paths.author_did = threads.actor_did) filter (paths.distance = 1), false) as answers_actor
        from threads
        inner join {{ ref("int_threads__paths") }} as paths on threads.answered_post_id = paths.answered_post_id
        where threads.author_did <> threads.actor_did
        group by threads.thread_id
    )

select
    threads.thread_id,
    (threads.acted_us - states.created_us) / 1e6 as age_seconds,
    threads.author_did = threads.actor_did as is_own,
    case when threads.author_did <> threads.actor_did then states.parent_uri is not null end as is_reply,
    case when words.event_id is not null then words.quoted_uri is not null end as is_quote,
    length(words.text) as text_length,
    words.link_uri is not null or regexp_matches(words.text, 'https?://|[a-z]\.[a-z]{2,}/') as has_link,
    case
        when words.event_id is not null
        then coalesce(words.embed_type not in ('app.bsky.embed.record', 'app.bsky.embed.external'), false)
    end as has_media,
    length(regexp_extract_all(words.text, '#[^ ]')) as hashtags,
    length(regexp_extract_all(words.text, '@[^ ]')) as mentions,
    contains(words.text, '?') as has_question,
    words.is_kept_language,
    conversations.message_count,
    conversations.speaker_count,
    conversations.messages_by_actor,
    conversations.answers_actor
from threads
inner join {{ ref("stg_bluesky__post_states") }} as states on threads.answered_post_id = states.post_id
left join words on threads.thread_id = words.thread_id
left join conversations on threads.thread_id = conversations.thread_id
