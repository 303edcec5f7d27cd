-- Grain: one row per kind of group, group, and all groups of a kind together: does it help to learn from people who write
-- alike? Gain is what the adapter of a group knows better about its held-out answers than an adapter of as many threads of
-- anybody, in nats per token. Random groups of the same sizes are the control: the row `difference` answers the question.
select
    clustering.grouped_by,
    clustering.group_id,
    clustering.gain_per_token as gain,
    clustering.ci_low,
    clustering.ci_high,
    clustering.gain_per_answer,
    clustering.person_count,
    clustering.thread_count,
    case when clustering.grouped_by = 'persona' then personas.silhouette end as silhouette,
    case when clustering.ci_low > 0 then 'helps' when clustering.ci_high < 0 then 'harms' else 'cannot tell' end as verdict
from {{ ref("int_experiment__clustering") }} as clustering
left join
    {{ ref("release_personas") }} as personas
    on personas.scale = {{ setting("adapter_scale") }}
    and clustering.group_id = personas.persona_id
