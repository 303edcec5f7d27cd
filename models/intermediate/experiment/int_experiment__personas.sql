-- Grain: one row per persona that gets an adapter: those that `adapter_personas` names, or so many with the most threads to
-- train on.
with

    threads as (
        select personas[{{ setting("adapter_scale") }}] as persona_id from {{ ref("release_threads") }} where split = 'train'
    ),

    counted as (select persona_id, count(*) as thread_count from threads where persona_id is not null group by persona_id)

select {{ setting("adapter_scale") }} as scale, persona_id, thread_count
from counted
{% if setting("adapter_personas") is iterable -%} where persona_id in ({{ setting("adapter_personas") | join(", ") }})
{%- else -%} qualify row_number() over (order by thread_count desc, persona_id) <= {{ setting("adapter_personas") }}
{%- endif %}
