{# One end of Wilson's 95 % interval of a share: -1 for the lower, 1 for the upper. It stays within 0 and 1 and holds for few. #}
{% macro wilson(successes, n, side) -%}
    (
        ({{ successes }} + 1.920729410347062)
        + {{ side }} * 1.959963984540054 * sqrt({{ successes }} * ({{ n }} - {{ successes }}) / {{ n }} + 0.960364705173531)
    )
    / ({{ n }} + 3.841458820694124)
{%- endmacro %}
