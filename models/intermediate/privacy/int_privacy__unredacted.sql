{{ config(materialized="view") }}
-- Grain: one row per text that the recognisers have not seen yet, or not with what is known of it now.
{% set done = table_if_built("private", "redacted_texts") %}

select redaction_key, text, facets, names
from {{ ref("int_privacy__texts") }}
{% if done is not none %} where redaction_key not in (select done.redaction_key from {{ done }} as done) {% endif %}
order by redaction_key
