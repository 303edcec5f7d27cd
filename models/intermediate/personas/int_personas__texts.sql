{{ config(materialized="view") }}
-- Grain: one row per distinct text that the model of the settings has not embedded yet. Texts of like length come together:
-- a batch is padded to its longest.
{% set done = table_if_built("private", "text_embeddings") %}

select text_hash, text, '{{ embedder_key() }}' as model
from {{ ref("int_personas__embedded") }}
{% if embedder_key() == "none" %} where false
{% elif done is not none %}
    where text_hash not in (select done.text_hash from {{ done }} as done where done.model = '{{ embedder_key() }}')
{% endif %}
order by length(text), text_hash
