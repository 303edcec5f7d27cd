{# How long before a follow or a block an engagement may lie and still be what it follows: ten minutes (docs/rules.md, 5). #}
{% macro engagement_window_us() %} 600000000{% endmacro %}
