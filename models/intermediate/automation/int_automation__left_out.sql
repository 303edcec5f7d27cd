{{ config(materialized="view") }}
{% set max_automation = setting("max_automation") %}
-- Grain: one row per person whom this build leaves out, because their score reaches `max_automation`. Nobody, where that is
-- off.
select user_did
from {{ ref("account_automation") }}
where {% if max_automation is none %} false {% else %} score >= {{ max_automation }} {% endif %}
