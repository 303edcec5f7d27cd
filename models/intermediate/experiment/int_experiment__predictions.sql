-- Grain: one row per prediction of the file that `predictions` names: of a model elsewhere, about prompts of
-- experiment.prompts.
{{ config(access="protected") }}
{% set file = setting("predictions") -%}
select model, thread_id, probabilities, action_type, text
from
    {% if file -%}
        read_json(
            {{ dbt.string_literal(dbt.escape_single_quotes(file)) }},
            format = 'newline_delimited',
            columns = {model:'varchar', thread_id:'bigint', probabilities:'double[]', action_type:'varchar', text:'varchar'}
        )
{%- else -%}
        (
            select
                null::varchar as model,
                null::bigint as thread_id,
                null::double[] as probabilities,
                null::varchar as action_type,
                null::varchar as text
        )
    where false
{%- endif %}
