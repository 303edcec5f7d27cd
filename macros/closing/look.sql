{# Where to look at what a build made. #}
{% macro look_lines(built) -%}
    {%- set shown = ["coverage", "persona_quality", "releases", "adapters", "action_scores", "scores"] -%}
    {%- set questions = {
        "coverage_at_a_glance": "explore.coverage",
        "beside_the_paper": "experiment.beside_the_paper",
    } -%}
    {%- if built | select("in", shown) | list -%}
        {%- set page = "getvariable('at_home') || 'report/report.html'" %}
        select label, sentence
        from
            (
                select
                    1 as turn,
                    'Look' as label,
                    getvariable('simpact_command')
                    || ' report, which writes '
                    || {{ page }}
                    || case when count(*) > 0 then '; the one there is of an earlier build' else '' end as sentence
                from glob(getvariable('globbed_home') || 'report/report.html')
                {% for model, table in questions.items() if model in built %}
                    union all
                    select {{ loop.index + 1 }}, '', getvariable('simpact_command') || ' sql "from {{ table }}"'
                {% endfor %}
            )
        order by turn
    {% endif -%}
{%- endmacro %}
