-- Grain: one row per persona that gets an adapter: those that `adapter_personas` names, or so many with the most threads to
-- train on.
with

    threads as (
        select personas[{{ setting("adapter_scale") }}] as persona_id from {{ ref("release_threads") }} where split = 'train'
    ),

    counted as (select persona_id, count(*) as thread_count from threads where persona_id is not null group by persona_id)

{% if setting("adapter_personas") is iterable -%}
    select
        {{ setting("adapter_scale") }} as scale,
        case
            when counted.persona_id is null
            then
                error(
                    'Setting adapter_personas: scale {{ setting("adapter_scale") }} has no persona '
                    || named.persona_id
                    || ' with threads to train on.'
                )
            else counted.persona_id
        end as persona_id,
        counted.thread_count
    from (select distinct unnest({{ setting("adapter_personas") | list }}) as persona_id) as named
    left join counted on named.persona_id = counted.persona_id
{%- else -%}
    select {{ setting("adapter_scale") }} as scale, persona_id, thread_count
    from counted
    qualify row_number() over (order by thread_count desc, persona_id) <= {{ setting("adapter_personas") }}
{%- endif %}
