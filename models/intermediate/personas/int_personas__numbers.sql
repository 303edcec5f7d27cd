-- Grain: one row per cluster: the number of its persona. A cluster that holds most of the people of a persona of the last build
-- keeps that number, of several the one it holds most people of; the others take the free numbers in turn.
with

    clusters as (
        select clusters.scale, clusters.cluster_id, users.user_did
        from {{ ref("int_personas__clusters") }} as clusters
        inner join {{ ref("int_personas__users") }} as users on clusters.user_number = users.user_number
    ),

    numbers as (select distinct scale, cluster_id from clusters),

    previous_sizes as (
        select scale, persona_id, count(*) as n_users from {{ ref("int_personas__previous") }} group by scale, persona_id
    ),

    shared as (
        select clusters.scale, clusters.cluster_id, previous.persona_id, count(*) as n_users
        from clusters
        inner join
            {{ ref("int_personas__previous") }} as previous
            on clusters.scale = previous.scale
            and clusters.user_did = previous.user_did
        group by clusters.scale, clusters.cluster_id, previous.persona_id
    ),

    heirs as (
        select
            shared.scale,
            shared.cluster_id,
            shared.persona_id,
            row_number() over (
                partition by shared.scale, shared.cluster_id order by shared.n_users desc, shared.persona_id
            ) as claim
        from shared
        inner join previous_sizes on shared.scale = previous_sizes.scale and shared.persona_id = previous_sizes.persona_id
        -- more than half: then no other cluster can claim the same number
        where
            2 * shared.n_users > previous_sizes.n_users
            and shared.persona_id < (select count(*) from numbers where numbers.scale = shared.scale)
    ),

    kept as (select scale, cluster_id, persona_id from heirs where claim = 1),

    newcomers as (
        select
            numbers.scale,
            numbers.cluster_id,
            row_number() over (partition by numbers.scale order by numbers.cluster_id) as turn
        from numbers
        left join kept on numbers.scale = kept.scale and numbers.cluster_id = kept.cluster_id
        where kept.persona_id is null
    ),

    free as (
        select
            numbers.scale,
            numbers.cluster_id as persona_id,
            row_number() over (partition by numbers.scale order by numbers.cluster_id) as turn
        from numbers
        left join kept on numbers.scale = kept.scale and numbers.cluster_id = kept.persona_id
        where kept.persona_id is null
    )

select scale, cluster_id, persona_id
from kept

union all

select newcomers.scale, newcomers.cluster_id, free.persona_id
from newcomers
inner join free on newcomers.scale = free.scale and newcomers.turn = free.turn
