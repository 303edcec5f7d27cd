-- Every landed line is in quality.coverage exactly once: the sums agree to the last line.
with

    counted as (select coalesce(sum(n_events), 0) as line_count from {{ ref("coverage") }}),

    landed as (select count(*) as line_count from {{ ref("events") }})

select counted.line_count as counted_lines, landed.line_count as landed_lines
from counted
cross join landed
where counted.line_count <> landed.line_count
