-- Grain: one row per persona, with what the gate looks at.
select
    scale,
    persona_id,
    count(distinct user_did) as n_people,
    count(case when distance is null or isnan(distance) then 1 end) as n_without_distance
from {{ ref("persona_members") }}
group by scale, persona_id
