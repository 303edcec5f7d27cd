{# Where to look at what a build made. #}
{% macro look_lines(built) -%}
    {%- set shown = ["coverage", "persona_quality", "releases", "adapters", "action_scores", "scores"] -%}
    {%- if built | select("in", shown) | list %}
        {%- set page = "getvariable('at_home') || 'report/report.html'" %}
        select
            'Look' as label,
            getvariable('simpact_command')
            || ' report, which writes '
            || {{ page }}
            || case when count(*) > 0 then '; the one there is of an earlier build' else '' end as sentence
        from glob({{ page }})
        {% if "coverage_at_a_glance" in built %}
            union all
            select '', getvariable('simpact_command') || ' sql "from explore.coverage"'
        {% endif %}
    {% endif -%}
{%- endmacro %}
