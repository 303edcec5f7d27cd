-- Grain: one row per person who acts and is not withheld: signs of automation, and the score they make.
with

    sums as (
        select
            actor_did,
            {% for name, sum in automation_sums().items() %}
                {{ sum }} as {{ name }}{% if not loop.last %},{% endif %}
            {% endfor %}
        from {{ ref("int_automation__actions") }}
        group by actor_did
    ),

    profiles as (
        select did, regexp_like(array_join(self_labels, ' '), '"val" *: *"(bot|automat[a-z]*)"') as is_self_labelled
        from {{ ref("stg_bluesky__profiles") }}
    )

select
    sums.actor_did as user_did,
    cast(sums.n_actions as bigint) as n_actions,
    cast(sums.n_posts as bigint) as n_posts,
    cast(sums.n_days as bigint) as n_days,
    {% for name, (weight, signal) in automation_signals().items() %} cast({{ signal }} as double) as {{ name }},{% endfor %}
    cast({{ automation_score() }} as double) as score,
    profiles.is_self_labelled
from sums
left join profiles on sums.actor_did = profiles.did
