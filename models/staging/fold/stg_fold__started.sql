{{ config(materialized=on_driver("table"), post_hook="{{ take_back_completion() }}") }}
-- depends_on: {{ ref("events") }}
-- depends_on: {{ ref("files") }}
-- Grain: one row: what this build starts from. New events are folded into the last completed fold, unless that one had
-- other settings, other SQL, or files that have changed or are not selected any more, or a later one was broken off: then
-- the fold is made anew.
{% set completed = table_if_built("private", "int_fold__completed") %}
{% if completed is none or flags.FULL_REFRESH or lacks_a_fold() %} select 0 as after_file_number, true as is_anew
{% else %}

    with

        completed as (select * from {{ completed }}),

        files as (
            select coalesce(string_agg(number, ',' order by number), '') as file_numbers
            from {{ ref("files") }}
            where is_selected and number <= (select completed.last_file_number from completed)
        )

    select
        coalesce(completed.last_file_number, 0) as after_file_number,
        coalesce(completed.basis <> {{ fold_basis() }} or completed.file_numbers <> files.file_numbers, true) as is_anew
    from files
    left join completed on true
{% endif %}
