{# Last words of a build: what came in, what became of it, what is wrong with a file, and where to look. #}
{% macro closing_words(results) -%}
    {%- set completed = results | selectattr("node.name", "equalto", "int_fold__completed") | selectattr("status", "equalto", "success") -%}
    {%- if execute and completed | list -%}
        {%- set counts = run_query(
            "select
                (select coalesce(sum(n_events), 0) from quality.coverage),
                (select count(*) from raw.files),
                (select coalesce(sum(n_events), 0) from quality.coverage where outcome = 'rejected'),
                (select coalesce(sum(n_events), 0) from quality.coverage where outcome = 'threaded'),
                (select coalesce(sum(n_events), 0) from quality.coverage where outcome = 'file_not_selected'),
                (select count(*) from private.int_users__in_scope),
                (select thread_id from private.threads order by message_count desc, thread_id limit 1)"
        ).rows[0] -%}
        {%- set lines = [
            "",
            "{:,} lines of {:,} files have landed; {:,} of them are no events (raw.events, reject_reason).".format(
                counts[0] | int, counts[1] | int, counts[2] | int
            ),
            "{:,} threads by {:,} users in scope; quality.coverage has one reason for every other event.".format(
                counts[3] | int, counts[5] | int
            ),
        ] -%}
        {%- if counts[4] -%}
            {%- do lines.append(
                "{:,} lines are set aside: SIMPACT_ARCHIVE names their files no more (raw.files, is_selected).".format(counts[4] | int)
            ) -%}
        {%- endif -%}
        {%- for row in run_query(
            "select file, line_number - 1 from raw.events where reject_reason = 'file_ends_early' order by file"
        ).rows -%}
            {%- do lines.append(
                "DAMAGED: " ~ row[0] ~ " ends early; the {:,} lines before the damage have landed.".format(row[1] | int)
            ) -%}
        {%- endfor -%}
        {%- do lines.append("Look around: dbt show --inline \"from explore.coverage\"") -%}
        {%- if counts[6] is not none -%}
            {%- do lines.append("             dbt show --inline \"from explore.thread(" ~ counts[6] ~ ")\"") -%}
        {%- endif -%}
        {%- do lines.append("             dbt docs generate && dbt docs serve") -%}
        {%- for line in lines -%}{{ log(line, info=true) }}{%- endfor -%}
    {%- endif -%}
{%- endmacro %}
