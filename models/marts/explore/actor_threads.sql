{{ config(materialized="table_function", parameters=["which_actor"]) }}
-- The threads that one person closed, latest first: from explore.actor_threads('did:plc:…')
select thread_id, action_type, message_count, context_method, acted_at
from {{ ref("threads") }}
where actor_did = which_actor
order by acted_at desc, thread_id
