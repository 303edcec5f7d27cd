-- depends_on: {{ ref("stg_fold__started") }}
-- Grain: one row per person whose status has changed since the last completed fold. None when the fold is made anew.
{% set before = table_if_built("private", "int_fold__people") %}

with

    now_people as ({{ people_now() | indent(8) }}),

    before_people as ({% if folding_in() %}select * from {{ before }}{% else %}select * from now_people {% endif %})

select coalesce(now_people.did, before_people.did) as did
from now_people
full join before_people on now_people.did = before_people.did
where
    now_people.withheld_reason is distinct from before_people.withheld_reason
    or coalesce(now_people.is_in_scope, false) <> coalesce(before_people.is_in_scope, false)
