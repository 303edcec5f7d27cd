-- Grain: one row per thread: what its actor had done before.
with

    actions as (
        select history.*
        from {{ ref("int_prediction__history") }} as history
        where history.actor_did in (select threads.actor_did from {{ ref("int_prediction__threads") }} as threads)
    ),

    -- A session ends with half an hour in which nothing is done.
    gaps as (
        select *, acted_us - max(acted_us) over earlier as since_last_us, count(*) over earlier as earlier_count
        from actions
        window earlier as (partition by actor_did {{ before() }})
    ),

    sessions as (
        select
            *,
            case when opens_session then acted_us end as opening_us,
            case when opens_session then earlier_count end as opening_count
        from (select *, coalesce(since_last_us > 1800000000, true) as opens_session from gaps) as judged
    ),

    counted as (
        select
            action_id,
            since_last_us,
            arg_max(action_group, {'acted_us':acted_us, 'action_id':action_id}) over ever as last_action,
            case when opens_session then 0 else earlier_count - max(opening_count) over ever end as session_place,
            case when opens_session then 0 else acted_us - max(opening_us) over ever end as session_us,
            {
                {%- for name in action_groups() %}
                    '{{ name }}': (acted_us - max(case when action_group = '{{ name }}' then acted_us end) over ever) / 1e6
                    {{- "," if not loop.last }}
                {%- endfor %}
            } as seconds_since,
            {{ counts_by_group("last_minute") }} as last_minute,
            {{ counts_by_group("last_hour") }} as last_hour,
            {{ counts_by_group("last_day") }} as last_day,
            {{ counts_by_group("last_week") }} as last_week,
            {{ counts_by_group("ever") }} as ever
        from sessions
        window
            ever as (partition by actor_did {{ before() }}),
            last_minute as (partition by actor_did {{ before(60000000) }}),
            last_hour as (partition by actor_did {{ before(3600000000) }}),
            last_day as (partition by actor_did {{ before(86400000000) }}),
            last_week as (partition by actor_did {{ before(604800000000) }})
    )

select threads.thread_id, counted.* exclude (action_id)  -- noqa: RF02
from counted
inner join {{ ref("int_prediction__threads") }} as threads on counted.action_id = threads.thread_id
