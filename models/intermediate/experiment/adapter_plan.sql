-- Grain: one row per adapter to train. `persona` learns a persona; `unclustered` as many threads of anybody; `random` a group
-- of people drawn by lot, as many as the persona has; `all` as many threads of everybody as one adapter may learn.
{{ config(access="protected") }}

with

    kinds as (select unnest({{ setting("adapter_kinds") }}) as kind),

    paired as (
        select
            kinds.kind || '_' || personas.scale || '_' || personas.persona_id as adapter,
            kinds.kind,
            personas.scale,
            personas.persona_id
        from {{ ref("int_experiment__personas") }} as personas
        cross join kinds
        where kinds.kind <> 'all'
    )

select adapter, kind, scale, persona_id
from paired

union all

select kind as adapter, kind, null as scale, null as persona_id
from kinds
where kind = 'all'
