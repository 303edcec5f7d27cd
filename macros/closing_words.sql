{% macro closing_words(results) %}{% endmacro %}
