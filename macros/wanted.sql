{# The posts that threads answer. #}
{% macro answered_posts() -%}
    (
        select distinct answered_post_id
        from {{ ref("int_actions__outcomes") }}
        where outcome = 'threaded' and answered_post_id is not null
    )
{%- endmacro %}

{# The commits that hold the current version of an available post. #}
{% macro current_versions() -%}
    (select current_event_id as event_id, uri, author_did from {{ ref("stg_bluesky__post_states") }} where is_available)
{%- endmacro %}
