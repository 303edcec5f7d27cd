-- Grain: one row per thread of somebody with a persona: which actions the persona's people had closed threads with before, in
-- shares. One of every group is added, so that nothing is impossible.
{% set groups = action_groups() %}

with

    threads as (
        select thread_id, persona_id, acted_us, {{ action_group("action_type") }} as action_group
        from {{ ref("int_prediction__threads") }}
        where persona_id is not null
    )

select
    thread_id,
    {
        {%- for name in groups %}
            '{{ name }}': (1 + count(case when action_group = '{{ name }}' then 1 end) over earlier)
            / ({{ groups | length }} + count(*) over earlier)
            {{- "," if not loop.last }}
        {%- endfor %}
    } as persona_prior
from threads
window earlier as (partition by persona_id {{ before() }})
