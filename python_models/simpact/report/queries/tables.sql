-- Grain: one row per table that may be shown. Counts of private tables stay out: they tell exactly what the release rounds.
select schema_name || '.' || table_name as table_name, max(estimated_size) as n_rows
from duckdb_tables()
where
    (database_name = 'simpact_release' and schema_name = 'release')
    or (database_name = 'simpact_private' and schema_name in ('quality', 'experiment'))
group by schema_name, table_name
order by 1
