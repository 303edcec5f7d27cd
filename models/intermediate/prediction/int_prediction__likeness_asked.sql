{{ config(materialized="view") }}
-- Grain: one row per moment in the life of a user in scope: a post of theirs that is kept, or a thread that they close on a
-- post, with the text of either. Words count from when they were written, edited ones from the edit. Moments of a user come
-- together, in time order; what happens at one moment is asked before it counts.
with

    moments as (
        select
            users.user_number,
            coalesce(written.acted_us, states.created_us) as moment_us,
            true as is_own,
            posts.post_id as id,
            posts.text_hash
        from {{ ref("int_personas__posts") }} as posts
        inner join {{ ref("stg_bluesky__post_states") }} as states on posts.post_id = states.post_id
        left join {{ ref("int_prediction__history") }} as written on states.current_event_id = written.action_id
        inner join {{ ref("int_personas__users") }} as users on posts.user_did = users.user_did

        union all

        select users.user_number, threads.acted_us as moment_us, false as is_own, threads.thread_id as id, words.text_hash
        from {{ ref("int_prediction__threads") }} as threads
        inner join {{ ref("int_personas__users") }} as users on threads.actor_did = users.user_did
        inner join {{ ref("int_prediction__words") }} as words on threads.thread_id = words.thread_id
    )

select moments.user_number, moments.moment_us, moments.is_own, moments.id, embeddings.embedding
from moments
inner join
    {{ ref("text_embeddings") }} as embeddings
    on moments.text_hash = embeddings.text_hash
    and embeddings.model = '{{ embedder_key() }}'
order by moments.user_number, moments.moment_us, moments.is_own, moments.id
