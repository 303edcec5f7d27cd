{# What was trained, what may leave, and how models do beside their baselines. #}
{% macro experiment_lines(built) -%}
    {%- set queries = [] -%}
    {%- if "adapters" in built -%}
        {%- set adapters -%}
            select
                1 as turn,
                'Adapters' as label,
                format(
                    '{}{} trained, {} wait, {} refused{} (experiment.adapters)',
                    count(*) filter (status = 'trained'),
                    case when bool_or(is_smoke) then ' of a smoke model' else '' end,
                    count(*) filter (status = 'waiting'),
                    count(*) filter (verdict = 'refused'),
                    coalesce(format('; held-out loss fell by {:.2f} nats per token', avg(held_out_fall)), '')
                ) as sentence
            from experiment.adapters
        {%- endset -%}
        {%- do queries.append(adapters) -%}
    {%- endif -%}
    {%- if "action_scores" in built -%}
        {%- set actions -%}
            select
                2 as turn,
                'Actions' as label,
                format(
                    'macro-F1 {} given a context; the action before it {}, the paper''s rule {} (experiment.action_scores)',
                    max(format('{:.2f} ({:.2f} to {:.2f})', value, ci_low, ci_high)) filter (model = 'boosted'),
                    max(format('{:.2f}', value)) filter (model = 'last_action'),
                    max(format('{:.2f}', value)) filter (model = 'rule')
                ) as sentence
            from experiment.action_scores
            where split = 'by_time' and part = 'test' and metric = 'macro_f1_with_context'
            having count(*) > 0
        {%- endset -%}
        {%- do queries.append(actions) -%}
    {%- endif -%}
    {%- if "clustering_gain" in built -%}
        {%- set gain -%}
            select
                3 as turn,
                'Gain' as label,
                format(
                    '{} nats per token from people who write alike, {} from random groups (experiment.clustering_gain)',
                    any_value(format('{:.2f} ({:.2f} to {:.2f})', gain, ci_low, ci_high)) filter (grouped_by = 'persona'),
                    any_value(format('{:.2f} ({:.2f} to {:.2f})', gain, ci_low, ci_high)) filter (grouped_by = 'random')
                ) as sentence
            from experiment.clustering_gain
            where group_id is null
            having count(*) > 0
        {%- endset -%}
        {%- do queries.append(gain) -%}
    {%- endif -%}
    {%- if queries %} select label, sentence from ({{ queries | join(" union all ") }}) order by turn {% endif -%}
{%- endmacro %}
