{{ config(materialized="view") }}
-- Grain: one row per user in scope and half of their actions: a unit vector of what they do, at which hour and on which weekday
-- (UTC). Square roots of shares: the dot product of two is the Bhattacharyya coefficient of the habits.
with

    actions as (
        select
            users.user_number,
            (row_number() over (partition by users.user_number order by actions.action_id)) % 2 as half,
            actions.action_type,
            floor(actions.acted_us / 3600000000) as hour_number
        from {{ ref("actions") }} as actions
        inner join {{ ref("int_personas__users") }} as users on actions.actor_did = users.user_did
    ),

    totals as (select user_number, half, count(*) as n_actions from actions group by user_number, half),

    counts as (
        select user_number, half, 'type ' || action_type as trait, count(*) as n_actions
        from actions
        group by user_number, half, action_type

        union all

        select user_number, half, 'hour ' || cast(cast(hour_number % 24 as bigint) as string) as trait, count(*) as n_actions
        from actions
        group by user_number, half, hour_number % 24

        union all

        select
            user_number,
            half,
            'day ' || cast(cast(floor(hour_number / 24) % 7 as bigint) as string) as trait,
            count(*) as n_actions
        from actions
        group by user_number, half, floor(hour_number / 24) % 7
    ),

    traits as (
        select 'type ' || action_type as trait
        from (select distinct action_type from {{ ref("action_types") }}) as action_types

        {% for hour in range(24) %}
            union all
            select 'hour {{ hour }}' as trait
        {% endfor %}
        {% for day in range(7) %}
            union all
            select 'day {{ day }}' as trait
        {% endfor %}
    )

select
    totals.user_number,
    totals.half,
    totals.n_actions as weight,
    {{ ordered_list("cast(sqrt(coalesce(counts.n_actions, 0) / (3 * totals.n_actions)) as float)", "traits.trait") }} as vector
from totals
cross join traits
left join counts on totals.user_number = counts.user_number and totals.half = counts.half and traits.trait = counts.trait
group by totals.user_number, totals.half, totals.n_actions
