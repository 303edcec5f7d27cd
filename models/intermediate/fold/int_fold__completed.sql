{{ config(enabled=target.type == "duckdb") }}
-- depends_on: {{ ref("int_fold__people") }}
-- Grain: one row: what the last completed fold was made of. Written after all folds; a build that fails before starts from
-- the same place again.
select
    {{ fold_basis() }} as basis,
    coalesce(max(number), 0) as last_file_number,
    coalesce(string_agg(number, ',' order by number), '') as file_numbers
from {{ ref("files") }}
where is_selected
