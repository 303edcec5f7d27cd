{{ config(materialized=on_driver("table")) }}
-- depends_on: {{ ref("stg_fold__started") }}
-- Grain: one row per delivery of a commit to a record that new commits touch: all that is known of that record. None when
-- the fold is made anew.
{% if folding_in() %}

    with

        after as (select after_file_number as file_number from {{ ref("stg_fold__started") }}),

        -- Few of the records are old: the numbers that find them are read first, the words of those alone after.
        old_deliveries as (
            select event_id
            from {{ ref("base_bluesky__commits") }}
            where
                file_number <= (select after.file_number from after)
                and record_hash in (
                    select new_commits.record_hash
                    from {{ ref("base_bluesky__commits") }} as new_commits
                    where new_commits.file_number > (select after.file_number from after)
                )
        )

    select *
    from {{ ref("base_bluesky__commits") }}
    where file_number > (select after.file_number from after)

    union all

    select *
    from {{ ref("base_bluesky__commits") }}
    where event_id in (select old_deliveries.event_id from old_deliveries)
{% else %} select * from {{ ref("base_bluesky__commits") }} where false
{% endif %}
