-- Grain: one row per stretch of time between two changes: did anybody collect, and see the stream? A ledger speaks of the time
-- from its first file here to its last; what a file holds that is not here counts as a gap.
{% set window = [iso_date_us("window_start"), iso_date_us("window_end")] | reject("none") | list %}

with

    entries as (
        select *
        from {{ ref("stg_collect__entries") }}
        where kind in ('file', 'gap') and start_us is not null and end_us > start_us
    ),

    here as (select path from {{ ref("files") }} where is_selected),

    files as (
        select entries.ledger, entries.start_us, entries.end_us, here.path is not null as is_here
        from entries
        left join here on replace(entries.ledger, '.collect/ledger.ndjson', entries.file) = here.path
        where entries.kind = 'file'
    ),

    spans as (select ledger, min(start_us) as start_us, max(end_us) as end_us from files where is_here group by ledger),

    gaps as (
        select ledger, start_us, end_us, reason
        from entries
        where kind = 'gap'

        union all

        select ledger, start_us, end_us, 'no_file'
        from files
        where not is_here
    ),

    moments as (
        select start_us as at_us
        from spans
        union
        select end_us
        from spans
        union
        select start_us
        from gaps
        union
        select end_us
        from gaps
        {% for at_us in window %}
            union
            select cast({{ at_us }} as bigint)
        {% endfor %}
    ),

    stretches as (select at_us as start_us, lead(at_us) over (order by at_us) as end_us from moments),

    watched as (
        select spans.ledger, stretches.start_us, stretches.end_us
        from stretches
        inner join spans on stretches.start_us >= spans.start_us and stretches.end_us <= spans.end_us
        where {{ in_window("stretches.start_us") }}
    ),

    seen as (
        select watched.ledger, watched.start_us, watched.end_us, count(gaps.ledger) = 0 as is_seen, max(gaps.reason) as reason
        from watched
        left join gaps on watched.ledger = gaps.ledger and watched.start_us >= gaps.start_us and watched.end_us <= gaps.end_us
        group by watched.ledger, watched.start_us, watched.end_us
    )

select
    start_us,
    end_us,
    (end_us - start_us) / 1000000 as seconds,
    max(case when is_seen then 1 else 0 end) = 1 as is_observed,
    case when max(case when is_seen then 1 else 0 end) = 0 then max(reason) end as reason
from seen
group by start_us, end_us
