{# Names of people who were erased, a list. A macro, so that a test does not depend on whom this warehouse has erased. #}
{% macro erased_names() -%} cast(getvariable('erased_names') as string[]) {%- endmacro %}
