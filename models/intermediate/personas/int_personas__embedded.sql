{{ config(materialized="view") }}
-- Grain: one row per distinct text that is worth a vector: what users in scope wrote, and what they answered.
select text_hash, min(text) as text
from
    (
        select text_hash, text
        from {{ ref("int_personas__posts") }}

        union all

        select text_hash, text
        from {{ ref("int_prediction__contexts") }}
    ) as texts
group by text_hash
