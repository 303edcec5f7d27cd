-- Grain: one row per figure about the release.
select section, item, value from {{ ref("candidate_data_card") }}
