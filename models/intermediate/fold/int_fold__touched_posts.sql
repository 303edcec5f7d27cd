-- depends_on: {{ ref("stg_fold__started") }}
-- depends_on: {{ ref("stg_bluesky__withheld") }}
-- Grain: one row per post whose own state, or that of a post above it, may have changed. None when the fold is made anew.
{% set before = table_if_built("private", "int_fold__people") %}

with recursive

    touched(post_id) as (
        select post_id
        from {{ ref("stg_bluesky__post_states") }}
        where
            record_hash in (select commits.record_hash from {{ ref("stg_fold__touched_commits") }} as commits)
            {% if folding_in() %}
                or author_did in (
                    select coalesce(withheld.did, people.did)
                    from {{ ref("stg_bluesky__withheld") }} as withheld
                    full join {{ before }} as people on withheld.did = people.did
                    where withheld.reason is distinct from people.withheld_reason
                )
            {% endif %}

        union

        select parents.post_id
        from touched
        inner join {{ ref("int_posts__parents") }} as parents on touched.post_id = parents.parent_post_id
    )

select posts.post_id, posts.record_hash, posts.uri, posts.author_did, posts.created_us
from {{ ref("stg_bluesky__post_states") }} as posts
inner join touched on posts.post_id = touched.post_id
