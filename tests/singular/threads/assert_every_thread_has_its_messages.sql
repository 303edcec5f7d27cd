-- What threads.message_count promises is in thread_messages.
select threads.thread_id, threads.message_count, count(messages.thread_id) as found_count
from {{ ref("threads") }} as threads
left join {{ ref("thread_messages") }} as messages on threads.thread_id = messages.thread_id
group by threads.thread_id, threads.message_count
having count(messages.thread_id) <> threads.message_count
