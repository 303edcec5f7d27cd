-- Grain: one row per post whose parent is in the archive. A link that closes a cycle is broken.
with recursive

    posts as (select * from {{ ref("stg_bluesky__post_states") }}),

    links as (
        select
            posts.post_id,
            parents.post_id as parent_post_id,
            parents.is_available as is_parent_available,
            parents.created_us >= posts.created_us as is_suspicious
        from posts
        inner join posts as parents on posts.parent_uri = parents.uri
    ),

    -- A cycle cannot lead back in time all the way round: one of its links is suspicious, and only those need a walk.
    walks(start_id, post_id, step) as (
        select post_id as start_id, parent_post_id as post_id, 1 as step
        from links
        where is_suspicious

        union all

        select walks.start_id, links.parent_post_id as post_id, walks.step + 1 as step
        from walks
        inner join links on walks.post_id = links.post_id
        where walks.post_id <> walks.start_id and walks.step < 100
    ),

    cycles as (select distinct start_id from walks where start_id = post_id)

select links.post_id, links.parent_post_id, links.is_parent_available, cycles.start_id is not null as is_broken
from links
left join cycles on links.post_id = cycles.start_id
