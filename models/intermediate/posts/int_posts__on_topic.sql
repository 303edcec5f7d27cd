{{ config(materialized="view" if setting("topic") == "off" else "table") }}
-- depends_on: {{ ref("int_posts__parents") }}
-- depends_on: {{ ref("int_posts__speaking") }}
-- Grain: one row per post that is on topic by its own words or by those of an ancestor. Every post, when the topic is off.
{% if setting("topic") == "off" %} select post_id from {{ ref("stg_bluesky__post_states") }}
{% else %}

    with recursive

        links as (select * from {{ ref("int_posts__parents") }} where not is_broken),

        speaking as (select post_id from {{ ref("int_posts__speaking") }}),

        -- Each post is reached from the nearest ancestor that speaks of the topic, so once.
        reached(post_id, distance) as (
            select post_id, 0 as distance
            from speaking

            union all

            select links.post_id, reached.distance + 1 as distance
            from reached
            inner join links on reached.post_id = links.parent_post_id
            where reached.distance < 100 and links.post_id not in (select speaking.post_id from speaking)
        )

    select post_id
    from reached
{% endif %}
