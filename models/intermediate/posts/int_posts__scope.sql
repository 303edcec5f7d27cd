{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('post_id', ref('int_fold__touched_posts')) }}",
    )
}}
-- depends_on: {{ ref("int_fold__touched_posts") }}
-- Grain: one row per post of the archive, with what decides whether it is kept.
{% set languages = setting("languages") %}

with

    judged as (
        select
            states.post_id,
            states.author_did,
            states.created_us,
            coalesce(regexp_like(posts.text, '[^ ' || chr(9) || chr(10) || chr(13) || ']'), false) as has_text,
            {% if languages == "all" %} posts.event_id is not null
            {% else %}
                coalesce(
                    regexp_like(
                        chr(31) || small_letters(array_join(posts.langs, chr(31))) || chr(31),
                        chr(31) || '({{ languages | map("lower") | join("|") }})[' || chr(31) || '-]'
                    ),
                    false
                )
            {% endif %} as is_kept_language,
            topical.post_id is not null as is_on_topic,
            {{ in_window("states.created_us") }} as is_in_window
        from {{ ref("stg_bluesky__post_states") }} as states
        left join {{ ref("stg_bluesky__posts") }} as posts on states.current_event_id = posts.event_id
        left join {{ ref("int_posts__on_topic") }} as topical on states.post_id = topical.post_id
        {% if folding_in() %}
            where states.post_id in (select touched.post_id from {{ ref("int_fold__touched_posts") }} as touched)
        {% endif %}
    )

select *, has_text and is_kept_language and is_on_topic and is_in_window as is_kept
from judged
