-- Grain: one row per distinct text that any adapter learnt.
{{ config(materialized="view") }}
select distinct examples.text
from {{ ref("int_experiment__examples") }} as chosen
inner join {{ ref("examples") }} as examples on chosen.thread_id = examples.thread_id
where chosen.role = 'member' and examples.text is not null
order by examples.text
