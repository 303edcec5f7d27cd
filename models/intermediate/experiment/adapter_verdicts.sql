-- Grain: one row per trained adapter: may it be handed on? One attack that succeeds is enough to refuse it.
{{ config(access="protected") }}
select
    adapter,
    folder,
    case
        when bool_or(verdict = 'succeeded')
        then 'refused'
        {% if setting("untested_adapters") == "refuse" -%} when bool_or(verdict = 'too few targets') then 'refused' {% endif -%}
        when bool_or(verdict = 'too few targets')
        then 'too few people to tell'
        else 'withstood'
    end as verdict
from {{ ref("adapter_attacks") }}
where is_gated
group by adapter, folder
