{{ config(materialized="view") }}
-- depends_on: {{ ref("text_embeddings") }}
-- depends_on: {{ ref("int_personas__posts") }}
-- depends_on: {{ ref("int_personas__behaviour") }}
-- Grain: one row per unit vector that says something of a user, with its weight: of a text they wrote, or of what they do.
{% if setting("grouping") == "behaviour" %} select user_number, half, weight, vector from {{ ref("int_personas__behaviour") }}
{% else %}

    with

        texts as (
            select user_number, half, text_hash, count(*) as weight
            from {{ ref("int_personas__posts") }}
            group by user_number, half, text_hash
        )

    select texts.user_number, texts.half, texts.weight, embeddings.embedding as vector
    from {{ ref("text_embeddings") }} as embeddings
    inner join texts on embeddings.text_hash = texts.text_hash
    where embeddings.model = '{{ embedder_key() }}'
{% endif %}
