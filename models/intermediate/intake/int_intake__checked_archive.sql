-- Grain: one row: what came in, and whether all of it is accounted for.
with

    lines as (
        select
            count(*) as n_lines,
            count(case when reject_reason is not null then 1 end) as n_rejected,
            count(case when reject_reason = 'file_ends_early' then 1 end) as n_damaged_files
        from {{ ref("events") }}
    ),

    outcomes as (
        select
            coalesce(sum(n_events), 0) as n_explained,
            coalesce(sum(case when outcome = 'duplicate' then n_events end), 0) as n_duplicates,
            coalesce(sum(case when outcome = 'threaded' then n_events end), 0) as n_threaded
        from {{ ref("coverage") }}
    )

select
    lines.n_lines,
    cast(lines.n_lines - outcomes.n_explained as bigint) as n_lines_without_outcome,
    lines.n_rejected / greatest(lines.n_lines, 1) as rejected_share,
    outcomes.n_duplicates / greatest(lines.n_lines, 1) as duplicate_share,
    cast(outcomes.n_threaded - (select count(*) from {{ ref("threads") }}) as bigint) as n_threads_beyond_coverage
from lines
cross join outcomes
