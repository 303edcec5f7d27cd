-- depends_on: {{ ref("stg_fold__started") }}
-- depends_on: {{ ref("stg_fold__touched_commits") }}
-- depends_on: {{ ref("int_fold__touched_people") }}
-- depends_on: {{ ref("int_actions__undone") }}
-- depends_on: {{ ref("int_fold__touched_posts") }}
-- Grain: one row per commit whose outcome as an action may have changed: by its own record, by the standing of the actor,
-- or by a post that it answers or might answer. None when the fold is made anew.
{% if folding_in() %}

    with

        records as (
            select record_hash
            from {{ ref("stg_fold__touched_commits") }}

            union all

            select record_hash
            from {{ ref("int_fold__touched_posts") }}
        ),

        -- what an action may be directed at: a post, or the person whose latest post it answers
        targets as (
            select uri as target
            from {{ ref("int_fold__touched_posts") }}

            union all

            select author_did as target
            from {{ ref("int_fold__touched_posts") }}
        )

    select event_id as action_id
    from {{ ref("base_bluesky__commits") }}
    where
        record_hash in (select records.record_hash from records)
        or did in (select touched.did from {{ ref("int_fold__touched_people") }} as touched)
        or subject in (select targets.target from targets)
        or parent_uri in (select targets.target from targets)
        or quoted_uri in (select targets.target from targets)

    union

    select action_id
    from {{ ref("int_actions__undone") }}
    where subject in (select targets.target from targets)
{% else %} select event_id as action_id from {{ ref("base_bluesky__commits") }} where false
{% endif %}
