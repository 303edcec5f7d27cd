{{ config(materialized="view") }}
-- depends_on: {{ ref("int_actions__delivered") }}
-- depends_on: {{ ref("int_fold__touched_actions") }}
-- Grain: one row per action that this build folds: those touched, or all of int_actions__targeted. The choice is made among
-- the deliveries, because an outer join above them keeps it from reaching the scan.
{{ targeted(deliveries_to_fold()) }}
