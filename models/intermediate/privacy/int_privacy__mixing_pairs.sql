-- Grain: one row per two people, one of whom likes, reposts, quotes or answers a post of the other, or follows the other, in a
-- thread that leaves and tells the persona of who acts at `mixing_scale`: so the matrix knows nothing of a person that the
-- release does not.
with

    personas as (select user_did, persona_id from {{ ref("persona_members") }} where scale = {{ setting("mixing_scale") }}),

    -- Whom the release has a card of; the others are among anyone else.
    told as (select persona_id from {{ ref("candidate_personas") }} where scale = {{ setting("mixing_scale") }}),

    answered as (
        select thread_id, author_did, row_number() over (partition by thread_id order by message_index desc) as turn
        from {{ ref("int_privacy__messages") }}
        where not is_action
    ),

    pairs as (
        select distinct released.actor_did, answered.author_did as target_did
        from {{ ref("int_privacy__released") }} as released
        inner join {{ ref("int_privacy__candidates") }} as candidates on released.thread_id = candidates.thread_id
        inner join answered on released.thread_id = answered.thread_id
        where
            answered.turn = 1
            and released.scale >= {{ setting("mixing_scale") }}
            and released.actor_did <> answered.author_did
            and candidates.action_type in ('follow', 'like', 'quote', 'reply', 'repost')
    )

select pairs.actor_did, pairs.target_did, actors.persona_id, told.persona_id as target_persona_id
from pairs
inner join personas as actors on pairs.actor_did = actors.user_did
left join personas as targets on pairs.target_did = targets.user_did
left join told on targets.persona_id = told.persona_id
