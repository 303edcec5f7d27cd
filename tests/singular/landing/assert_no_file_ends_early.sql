-- A compressed file that ends early was cut off on the way: copy it again. What could be read has landed.
{{ config(severity="warn") }}
select file, line_number - 1 as lines_landed
from {{ ref("events") }}
where reject_reason = 'file_ends_early'
