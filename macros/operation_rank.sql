{# Versions of a record that share a revision: a create comes before an update, an update before a delete. #}
{% macro operation_rank(operation) -%}
    case {{ operation }} when 'create' then 0 when 'update' then 1 when 'delete' then 2 end
{%- endmacro %}
