{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_touched('post_id', ref('int_fold__touched_posts')) }}",
    )
}}
-- depends_on: {{ ref("topic_keywords") }}
-- depends_on: {{ ref("int_fold__touched_posts") }}
-- Grain: one row per post whose own words name the topic. None when the topic is off: then no post needs it.
select states.post_id
from {{ ref("stg_bluesky__posts") }} as posts
inner join {{ ref("stg_bluesky__post_states") }} as states on posts.event_id = states.current_event_id
where
    {% if setting("topic") == "off" %} false
    {% else %} regexp_like(words_of(posts.text), '{{ topic_pattern(setting("topic")) }}')
    {% endif %}
    {% if folding_in() %}
        and states.post_id in (select touched.post_id from {{ ref("int_fold__touched_posts") }} as touched)
    {% endif %}
