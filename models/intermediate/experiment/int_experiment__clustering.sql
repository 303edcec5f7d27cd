-- Grain: one row per group of people, and one per kind of group: its mean gain over an adapter of anybody's threads. Threads
-- of one person are not independent: the interval is of a ratio of sums over people, linearised (Cochran 1977, section 6.3).
{{ config(access="protected") }}

with

    gains as (select * from {{ ref("int_experiment__gains") }}),

    -- Each group, and all of a kind together.
    kept as (
        select grouped_by, group_id, person, gain, n_answer_tokens
        from gains
        union all
        select grouped_by, null as group_id, person, gain, n_answer_tokens
        from gains
    ),

    by_person as (
        select grouped_by, group_id, person, sum(gain) as gain, sum(n_answer_tokens) as tokens, count(*) as thread_count
        from kept
        group by grouped_by, group_id, person
    ),

    ratios as (
        select
            *,
            sum(gain) over (partition by grouped_by, group_id) / sum(tokens) over (partition by grouped_by, group_id) as ratio
        from by_person
    ),

    groups as (
        select
            grouped_by,
            group_id,
            sum(gain) / sum(thread_count) as gain_per_answer,
            any_value(ratio) as gain_per_token,
            any_value(ratio) - {{ ratio_margin("gain", "tokens", "ratio") }} as ci_low,
            any_value(ratio) + {{ ratio_margin("gain", "tokens", "ratio") }} as ci_high,
            count(*) as person_count,
            sum(thread_count)::bigint as thread_count
        from ratios
        group by grouped_by, group_id
        having count(*) > 1
    )

select *
from groups

union all

-- What personas gain more than random groups. Some people are in both; the errors are added as if they were not.
select
    'difference' as grouped_by,
    null as group_id,
    personas.gain_per_answer - randoms.gain_per_answer as gain_per_answer,
    personas.gain_per_token - randoms.gain_per_token as gain_per_token,
    personas.gain_per_token
    - randoms.gain_per_token
    - sqrt(pow(personas.ci_high - personas.gain_per_token, 2) + pow(randoms.ci_high - randoms.gain_per_token, 2)) as ci_low,
    personas.gain_per_token
    - randoms.gain_per_token
    + sqrt(pow(personas.ci_high - personas.gain_per_token, 2) + pow(randoms.ci_high - randoms.gain_per_token, 2)) as ci_high,
    personas.person_count + randoms.person_count as person_count,
    personas.thread_count + randoms.thread_count as thread_count
from groups as personas
inner join groups as randoms on personas.grouped_by = 'persona' and randoms.grouped_by = 'random'
where personas.group_id is null and randoms.group_id is null
