-- Grain: one row per thread.
select thread_id, action_type, time_bucket, split, personas, message_count, speaker_count from {{ ref("candidate_threads") }}
