-- Grain: one row per released thread: whose it is. Never shown to an attack, only used to score it.
select cast(released_id as string) as thread_id, thread_id as action_id, actor_did from {{ ref("int_privacy__released") }}
