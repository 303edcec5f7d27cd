-- Grain: one row per adapter and thread of the release that it learns or is looked at with, as a chat.
{{ config(materialized="view") }}
select
    chosen.adapter,
    chosen.role,
    chosen.turn,
    chosen.role = 'member' as is_learnt,
    chosen.turn <= {{ setting("audited_threads") }} as is_audited,
    examples.prompt,
    examples.target
from {{ ref("int_experiment__examples") }} as chosen
inner join {{ ref("examples") }} as examples on chosen.thread_id = examples.thread_id
