{# What left, what was held back and why, and what attackers found. #}
{% macro release_lines(built, unreached) -%}
    {%- set queries = [] -%}
    {%- set file = "getvariable('at_home') || 'simpact_release.duckdb'" -%}
    {%- if "attacks" in built -%}
        {%- set attacks -%}
            select 1 as turn, 'Attacks' as label, string_agg(format('{} {}', n, verdict), ', ' order by n desc, verdict) || ' (quality.attacks)' as sentence
            from (select verdict, count(*) as n from quality.attacks where is_gated group by verdict)
        {%- endset -%}
        {%- do queries.append(attacks) -%}
    {%- endif -%}
    {%- if "releases" in built -%}
        {%- set released -%}
            select 2 as turn, 'Released' as label, format('{:,} threads, in each at least {} people alike in all that is told ({})',
                (select cast(sum(n_threads) as bigint) from quality.suppression where fate = 'released'),
                (select min(n_people) from private.int_privacy__checked_cells),
                {{ file }}
            ) as sentence
            union all
            select 3, 'Held back', string_agg(format('{:,} {}', n_threads, coalesce(reasons[fate], fate)), ', ' order by n_threads desc, fate) || ' (quality.suppression)'
            from (select fate, cast(sum(n_threads) as bigint) as n_threads from quality.suppression where fate <> 'released' group by fate)
            cross join (select map {'too_few_people': 'with too few people', 'over_cap': 'over the cap', 'automated': 'of automated accounts'} as reasons)
            having count(*) > 0
        {%- endset -%}
        {%- do queries.append(released) -%}
        {%- elif "releases" in unreached -%}
        {%- set unreleased -%}
            select 2 as turn, 'Released' as label,
                case when count(*) > 0 then 'nothing; the release of an earlier build stays as it was (' || {{ file }} || ')' else 'nothing' end as sentence
            from glob(getvariable('globbed_home') || 'simpact_release.duckdb')
        {%- endset -%}
        {%- do queries.append(unreleased) -%}
    {%- endif -%}
    {%- if queries %} select label, sentence from ({{ queries | join(" union all ") }}) order by turn {% endif -%}
{%- endmacro %}
