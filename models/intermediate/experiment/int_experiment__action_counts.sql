-- Grain: one row per user with a persona and type of action: how many threads they close with it.
select users.user_number, threads.action_type, count(*) as n_actions
from {{ ref("threads") }} as threads
inner join {{ ref("int_personas__users") }} as users on threads.actor_did = users.user_did
group by users.user_number, threads.action_type
