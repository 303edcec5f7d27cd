{# Which gates are open, and of a closed one why: a line for each reason, up to six, and where all are. #}
{% macro gate_lines(built, unreached) -%}
    {%- set judged = [] -%}
    {%- set missed = [] -%}
    {%- for gate in ["intake", "personas", "release", "adapters"] -%}
        {%- if "gate_" ~ gate in built -%}
            {%- do judged.append(gate) -%} {%- elif "gate_" ~ gate in unreached -%} {%- do missed.append(gate) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if judged %}
        with

            expectations as (
                {% for gate in judged %}
                    select
                        {{ loop.index }} as turn, '{{ gate }}' as gate, suite, column_name, why, success, n_unexpected, n_rows
                    from quality.gate_{{ gate }}
                    {%- if not loop.last %}
                        union all
                    {% endif %}
                {% endfor %}
            ),

            -- An expectation may be of several columns for one reason: the column with the most rows stands for them.
            reasons as (
                select *
                from expectations
                where success is not true
                qualify row_number() over (partition by turn, why order by n_unexpected desc nulls last, suite, column_name) = 1
            ),

            ordered as (
                select *, row_number() over (partition by turn order by why) as place, count(*) over (partition by turn) as n
                from reasons
            ),

            states as (
                select turn, gate, case when count(*) filter (success is not true) > 0 then 'CLOSED' else 'open' end as state
                from expectations
                group by turn, gate
                {% for gate in missed %}
                    union all
                    select {{ 10 + loop.index }}, '{{ gate }}', 'not reached'
                {% endfor %}
            ),

            together as (
                select state, string_agg(gate, ', ' order by turn) as gates, min(turn) as turn from states group by state
            )

        select label, sentence
        from
            (
                select
                    0 as turn,
                    0 as place,
                    'Gates' as label,
                    string_agg(gates || ': ' || state, '; ' order by turn)
                    || ' (quality.gate_…; pages in '
                    || getvariable('at_home')
                    || 'data_docs)' as sentence
                from together

                union all

                select
                    turn,
                    place,
                    'CLOSED',
                    case
                        when place < 7
                        then
                            format(
                                'gate_{}: {} ({}, {} of {} rows)',
                                gate,
                                why,
                                concat_ws('.', suite, column_name),
                                coalesce(n_unexpected::text, '?'),
                                coalesce(n_rows::text, '?')
                            )
                        else format('gate_{}: {} reasons more (quality.gate_{}, success)', gate, n - 6, gate)
                    end
                from ordered
                where place < 8
            )
        order by turn, place
    {% endif -%}
{%- endmacro %}
