{{ config(materialized="view") }}
-- Grain: one row per action, with the post or the person it is directed at.
{{ targeted(ref("int_actions__delivered")) }}
