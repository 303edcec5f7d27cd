-- depends_on: {{ ref("int_personas__users") }}
-- Grain: one row per user and scale: the persona of the user as of the last build, if that grouped users in the same way.
{% set members = table_if_built("private", "persona_members") %}
{% if members is none %}
    select cast(null as string) as user_did, cast(null as int) as scale, cast(null as int) as persona_id
    from {{ ref("int_personas__users") }}
    where false
{% else %} select user_did, scale, persona_id from {{ members }} where grouping = '{{ setting("grouping") }}'
{% endif %}
