{{ config(materialized="view") }}
-- Grain: one row per person whose score reaches `automation_threshold`: whom experiments leave out, whatever a
-- build does.
select user_did, score
from {{ ref("account_automation") }}
where score >= {{ setting("automation_threshold") }}
