-- Grain: one row per cap on the threads of one person in a cell.
select cap, kept_share, largest_share, least_effective_people, dominated_share
from simpact_private.quality.cap_curve
order by cap nulls last
