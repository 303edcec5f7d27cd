-- depends_on: {{ ref("base_bluesky__commits") }}
-- depends_on: {{ ref("stg_fold__started") }}
-- depends_on: {{ ref("stg_fold__touched_commits") }}
-- depends_on: {{ ref("int_fold__touched_people") }}
-- depends_on: {{ ref("int_actions__undone") }}
-- depends_on: {{ ref("int_fold__touched_posts") }}
-- Grain: one row per delivery of an action whose outcome may have changed: by its own record, by the standing of the actor,
-- by a post that it answers or might answer, or by an engagement that it follows. None when the fold is made anew.
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

        -- A like, repost, reply or quote may be what a follow or a block within ten minutes answers.
        engagements as (
            select did as actor_did, split_part(coalesce(parent_uri, quoted_uri, subject), '/', 3) as target_did, time_us
            from {{ ref("stg_fold__touched_commits") }}
            where operation = 'create' and collection in ('app.bsky.feed.post', 'app.bsky.feed.like', 'app.bsky.feed.repost')
        ),

        towards_engaged as (
            select event_id as action_id, did as actor_did, subject as target_did, time_us as acted_us
            from {{ ref("base_bluesky__commits") }}
            where (did, subject) in (select (engagements.actor_did, engagements.target_did) from engagements)

            union all

            select action_id, actor_did, subject as target_did, acted_us
            from {{ ref("int_actions__undone") }}
            where (actor_did, subject) in (select (engagements.actor_did, engagements.target_did) from engagements)
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

            union all

            select towards_engaged.action_id
            from towards_engaged
            asof inner join
                engagements
                on towards_engaged.actor_did = engagements.actor_did
                and towards_engaged.target_did = engagements.target_did
                and towards_engaged.acted_us >= engagements.time_us
            where towards_engaged.acted_us - engagements.time_us <= {{ engagement_window_us() }}
        )

    select *
    from {{ ref("int_actions__delivered") }}
    where action_id in (select touched.action_id from touched)
{% else %} select * from {{ ref("int_actions__delivered") }} where false
{% endif %}
