{# Before an incremental model adds what is wanted and not there yet: drop the rows that are wanted no more. #}
{% macro delete_unwanted(key, wanted, wanted_key, condition="true") -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} not in (select {{ wanted_key }} from {{ wanted }} where {{ condition }})
    {%- endif -%}
{%- endmacro %}
