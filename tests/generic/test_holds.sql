{# Rows for which an expression is not true. #}
{% test holds(model, expression) %} select * from {{ model }} where ({{ expression }}) is not true {% endtest %}
