{# Before an incremental model adds what is new: drop the rows of files whose content has changed since. #}
{% macro delete_replaced_files() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where file_number not in (select number from {{ ref("files") }})
    {%- endif -%}
{%- endmacro %}

{# Before an incremental model adds what is wanted and not there yet: drop the rows that are wanted no more. #}
{% macro delete_unwanted(key, wanted, wanted_key, condition) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} not in (select {{ wanted_key }} from {{ wanted }} where {{ condition }})
    {%- endif -%}
{%- endmacro %}
