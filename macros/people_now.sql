{# Everybody whose status decides about actions: withheld, with the reason, or in scope. #}
{% macro people_now() -%}
    select
        coalesce(withheld.did, users.user_did) as did,
        withheld.reason as withheld_reason,
        users.user_did is not null as is_in_scope
    from {{ ref("stg_bluesky__withheld") }} as withheld
    full join {{ ref("int_users__in_scope") }} as users on withheld.did = users.user_did
{%- endmacro %}
