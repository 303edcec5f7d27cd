-- depends_on: {{ ref("base_bluesky__commits") }}
-- depends_on: {{ ref("stg_fold__started") }}
-- depends_on: {{ ref("stg_fold__touched_commits") }}
-- depends_on: {{ ref("int_fold__touched_people") }}
-- depends_on: {{ ref("int_actions__undone") }}
-- depends_on: {{ ref("int_fold__touched_posts") }}
-- Grain: one row per delivery of an action whose outcome may have changed: by its own record, by the standing of the actor,
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

        -- What an action may be directed at: a post, or a person, whose latest post it answers unless it is older.
        targets as (
            select uri as target, 0 as since_us
            from {{ ref("int_fold__touched_posts") }}

            union all

            select author_did as target, min(created_us) as since_us
            from {{ ref("int_fold__touched_posts") }}
            group by author_did
        ),

        touched as (
            select event_id as action_id
            from {{ ref("base_bluesky__commits") }}
            where
                record_hash in (select records.record_hash from records)
                or did in (select people.did from {{ ref("int_fold__touched_people") }} as people)
                or parent_uri in (select targets.target from targets)
                or quoted_uri in (select targets.target from targets)

            union all

            select commits.event_id as action_id
            from {{ ref("base_bluesky__commits") }} as commits
            inner join targets on commits.subject = targets.target
            where commits.time_us >= targets.since_us

            union all

            select undone.action_id
            from {{ ref("int_actions__undone") }} as undone
            inner join targets on undone.subject = targets.target
            where undone.acted_us >= targets.since_us
        )

    select *
    from {{ ref("int_actions__delivered") }}
    where action_id in (select touched.action_id from touched)
{% else %} select * from {{ ref("int_actions__delivered") }} where false
{% endif %}
