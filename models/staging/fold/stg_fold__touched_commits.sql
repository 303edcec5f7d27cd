{{ config(materialized="table") }}
-- depends_on: {{ ref("stg_fold__started") }}
-- Grain: one row per delivery of a commit to a record that new commits touch: all that is known of that record. None when
-- the fold is made anew.
select *
from {{ ref("base_bluesky__commits") }}
where
    {% if folding_in() -%}
        record_hash in (
            select new_commits.record_hash
            from {{ ref("base_bluesky__commits") }} as new_commits
            where new_commits.file_number > (select started.after_file_number from {{ ref("stg_fold__started") }} as started)
        )
    {% else %} false
    {% endif %}
