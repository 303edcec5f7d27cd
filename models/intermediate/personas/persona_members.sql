-- Grain: one row per user in scope and scale: the persona of the user.
select
    users.user_did,
    clusters.scale,
    numbers.persona_id,
    clusters.distance,
    clusters.silhouette,
    clusters.nearest_cluster_id <> clusters.cluster_id as is_moved_by_size,
    previous.persona_id as previous_persona_id,
    '{{ setting("grouping") }}' as grouping
from {{ ref("int_personas__clusters") }} as clusters
inner join {{ ref("int_personas__users") }} as users on clusters.user_number = users.user_number
inner join
    {{ ref("int_personas__numbers") }} as numbers on clusters.scale = numbers.scale and clusters.cluster_id = numbers.cluster_id
left join
    {{ ref("int_personas__previous") }} as previous on users.user_did = previous.user_did and clusters.scale = previous.scale
