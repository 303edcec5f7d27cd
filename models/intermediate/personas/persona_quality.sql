-- Grain: one row per scale: is its clustering worth anything?
with

    sizes as (
        select
            scale,
            count(*) as n_personas,
            cast(sum(n_users) as bigint) as n_users,
            min(n_users) as smallest,
            median(n_users) as median_size,
            max(n_users) as largest
        from {{ ref("personas") }}
        group by scale
    ),

    people as (
        select
            scale,
            avg(silhouette) as silhouette,
            count(silhouette) as n_silhouettes,
            avg(case when is_moved_by_size then 1 when not is_moved_by_size then 0 end) as moved_by_size_share,
            avg(
                case when previous_persona_id <> persona_id then 1 when previous_persona_id is not null then 0 end
            ) as moved_share
        from {{ ref("persona_members") }}
        group by scale
    )

select
    sizes.scale,
    sizes.n_personas,
    sizes.n_users,
    sizes.smallest,
    sizes.median_size,
    sizes.largest,
    people.silhouette,
    people.n_silhouettes,
    scores.inertia,
    scores.davies_bouldin,
    scores.seed_stability,
    scores.half_stability,
    people.moved_by_size_share,
    people.moved_share,
    scores.independent_inertia,
    scores.independent_silhouette
from sizes
inner join people on sizes.scale = people.scale
inner join {{ ref("int_personas__scores") }} as scores on sizes.scale = scores.scale
