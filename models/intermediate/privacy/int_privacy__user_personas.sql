-- Grain: one row per user and scale: the personas of the user at this scale and every coarser one. Where personas are nested,
-- the finest says it all; where they are not, a recipient holds all of them together.
select
    members.user_did,
    members.scale,
    {{ ordered_list("coarser.scale", "coarser.scale") }} as scales,
    {{ ordered_list("coarser.persona_id", "coarser.scale") }} as persona_ids
from {{ ref("persona_members") }} as members
inner join {{ ref("persona_members") }} as coarser on members.user_did = coarser.user_did and members.scale >= coarser.scale
group by members.user_did, members.scale
