-- Grain: one row per action of a person who is not withheld: the score of what the person had done strictly before it.
with

    sums as (
        select
            action_id,
            {% for name, sum in automation_sums().items() %}
                coalesce({{ sum }} over so_far, 0) as {{ name }}{% if not loop.last %},{% endif %}
            {% endfor %}
        from {{ ref("int_automation__actions") }}
        -- Actions of one moment know nothing of each other.
        window so_far as (partition by actor_did order by acted_us range between unbounded preceding and 1 preceding)
    )

select action_id, cast({{ automation_score() }} as double) as automation_so_far
from sums
