{# Last words of a build: what came in, what became of it, what is wrong with a file, and where to look. #}
{% macro closing_words(results) -%}
    {%- set completed = (
        results
        | selectattr("node.name", "equalto", "int_fold__completed")
        | selectattr("status", "equalto", "success")
    ) -%}
    {%- if execute and completed | list -%}
        {%- set summary_query -%}
            select
                (select count(*) from raw.files) as file_count,
                (select coalesce(sum(n_events), 0) from quality.coverage) as line_count,
                (select coalesce(sum(n_events), 0) from quality.coverage where outcome = 'rejected') as reject_count,
                (select count(*) from raw.events where file_number in (select number from raw.files where not is_selected)) as aside_count,
                (select coalesce(sum(n_events), 0) from quality.coverage where outcome = 'threaded') as thread_count,
                (select count(*) from private.int_users__in_scope) as user_count,
                (
                    select min(action_id)
                    from private.int_actions__outcomes
                    where
                        outcome = 'threaded'
                        and answered_post_id is not distinct from (
                            select answered_post_id from private.int_threads__paths order by message_index desc, answered_post_id limit 1
                        )
                ) as longest_thread
        {%- endset -%}
        {%- set damage_query -%}
            select file, line_number - 1 as line_count
            from raw.events
            where reject_reason = 'file_ends_early'
            order by file
        {%- endset -%}
        {%- set shrunk_query -%}
            select path, shrunk_from_bytes, size_bytes
            from raw.files
            where shrunk_from_bytes is not null
            order by path
        {%- endset -%}
        {%- set counts = run_query(summary_query).rows[0] -%}
        {%- set number = "{:,}" -%}
        {{ say("") }}
        {{
            say(
                number.format(counts["line_count"] | int)
                ~ " lines of "
                ~ number.format(counts["file_count"] | int)
                ~ " files have landed; "
                ~ number.format(counts["reject_count"] | int)
                ~ " of them are no events (raw.events, reject_reason)."
            )
        }}
        {{
            say(
                number.format(counts["thread_count"] | int)
                ~ " threads by "
                ~ number.format(counts["user_count"] | int)
                ~ " users in scope; quality.coverage has one reason for every other line."
            )
        }}
        {%- if counts["aside_count"] -%}
            {{
                say(
                    number.format(counts["aside_count"] | int)
                    ~ " lines are set aside: SIMPACT_ARCHIVE names their files no more "
                    ~ "(raw.files, is_selected)."
                )
            }}
        {%- endif -%}
        {%- for damage in run_query(damage_query).rows -%}
            {{
                say(
                    "DAMAGED: "
                    ~ damage["file"]
                    ~ " ends early; the "
                    ~ number.format(damage["line_count"] | int)
                    ~ " lines before the damage have landed."
                )
            }}
        {%- endfor -%}
        {%- for file in run_query(shrunk_query).rows -%}
            {{
                say(
                    "SHRUNK: "
                    ~ file["path"]
                    ~ " was "
                    ~ number.format(file["shrunk_from_bytes"] | int)
                    ~ " bytes and is "
                    ~ number.format(file["size_bytes"] | int)
                    ~ "; what it holds no more is gone from the warehouse."
                )
            }}
        {%- endfor -%}
        {{ say('Look around: .venv/bin/simpact sql "from explore.coverage"') }}
        {%- if counts["longest_thread"] is not none -%}
            {{ say('             .venv/bin/simpact sql "from explore.thread(' ~ counts["longest_thread"] ~ ')"') }}
        {%- endif -%}
        {{ say("             .venv/bin/dbt docs generate && .venv/bin/dbt docs serve") }}
    {%- endif -%}
{%- endmacro %}

{# Of personas: what there are, which scales the users cannot fill, and who has moved. #}
{% macro persona_words(results) -%}
    {%- set names = (
        results | selectattr("status", "equalto", "success") | map(attribute="node.name") | list if execute else []
    ) -%}
    {%- if "persona_quality" in names -%}
        {%- set scales = run_query("select scale from private.persona_quality order by scale").columns[0].values() -%}
        {%- set moved_query -%}
            select scale, count(*) as n_users
            from private.persona_members
            where previous_persona_id <> persona_id
            group by scale
            order by scale
        {%- endset -%}
        {%- if scales -%}
            {{ say("Personas (private.personas, private.persona_quality) at scale " ~ scales | join(", ") ~ ".") }}
        {%- endif -%}
        {%- for scale in setting("persona_scales") if scale not in scales -%}
            {{
                say(
                    "Scale "
                    ~ scale
                    ~ " is left out: the users in scope are too few for so many personas of at least "
                    ~ setting("min_persona_size")
                    ~ " people."
                )
            }}
        {%- endfor -%}
        {%- for row in run_query(moved_query).rows -%}
            {{ say(row["n_users"] ~ " users have moved to another persona at scale " ~ row["scale"] ~ ".") }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# Of the release: what left, what stayed and why, which gate is closed, and where to look. #}
{% macro release_words(results) -%}
    {%- set names = (
        results | selectattr("status", "equalto", "success") | map(attribute="node.name") | list if execute else []
    ) -%}
    {%- for gate in ["gate_intake", "gate_personas", "gate_release", "gate_adapters"] if gate in names -%}
        {%- set closed_query -%}
            select suite, column_name, why, n_unexpected, n_rows
            from quality.{{ gate }}
            where not success
            order by all
        {%- endset -%}
        {%- for row in run_query(closed_query).rows -%}
            {{
                say(
                    "CLOSED: "
                    ~ gate
                    ~ ": "
                    ~ row["why"]
                    ~ " ("
                    ~ row["suite"]
                    ~ "."
                    ~ row["column_name"]
                    ~ ", "
                    ~ row["n_unexpected"]
                    ~ " of "
                    ~ row["n_rows"]
                    ~ " rows)"
                )
            }}
        {%- endfor -%}
    {%- endfor -%}
    {%- if "releases" in names -%}
        {%- set fates_query -%}
            select
                sum(case when fate = 'released' then n_threads else 0 end) as released_count,
                sum(case when fate = 'automated' then n_threads else 0 end) as automated_count,
                sum(case when fate = 'repeated' then n_threads else 0 end) as repeated_count,
                sum(case when fate = 'too_few_people' then n_threads else 0 end) as too_few_count,
                sum(case when fate = 'over_cap' then n_threads else 0 end) as over_cap_count,
                (select min(n_people) from private.int_privacy__checked_cells) as people_count,
                (select count(*) from quality.attacks where is_gated and verdict = 'withstood') as withstood_count
            from quality.suppression
        {%- endset -%}
        {%- set counts = run_query(fates_query).rows[0] -%}
        {%- set number = "{:,}" -%}
        {{
            say(
                "Released: "
                ~ number.format(counts["released_count"] | int)
                ~ " threads, at least "
                ~ counts["people_count"]
                ~ " people alike in all that is told of each. Kept back: "
                ~ number.format(counts["too_few_count"] | int)
                ~ " with too few people, "
                ~ number.format(counts["repeated_count"] | int)
                ~ " repeated, "
                ~ number.format(counts["over_cap_count"] | int)
                ~ " over the cap"
                ~ (
                    ", " ~ number.format(counts["automated_count"] | int) ~ " of automated accounts"
                    if counts["automated_count"]
                    else ""
                )
                ~ " (quality.suppression)."
            )
        }}
        {{ say(counts["withstood_count"] ~ " gated attacks withstood (quality.attacks).") }}
        {{ say("It is simpact_release.duckdb; .venv/bin/simpact export writes it as files.") }}
    {%- endif -%}
{%- endmacro %}

{# Last words of an experiment: what was trained, what may leave, whether it helps to learn from people who write alike. #}
{% macro experiment_words(results) -%}
    {%- set names = (
        results | selectattr("status", "equalto", "success") | map(attribute="node.name") | list if execute else []
    ) -%}
    {%- if "adapters" in names -%}
        {%- set trained_query -%}
            select
                count(*) filter (status = 'trained') as trained_count,
                count(*) filter (status = 'waiting') as waiting_count,
                count(*) filter (verdict = 'refused') as refused_count,
                bool_or(is_smoke) as is_smoke,
                round(avg(held_out_fall), 2) as fall
            from experiment.adapters
        {%- endset -%}
        {%- set counts = run_query(trained_query).rows[0] -%}
        {{
            say(
                counts["trained_count"]
                ~ " adapters "
                ~ ("of a smoke model " if counts["is_smoke"] else "")
                ~ "are trained, "
                ~ counts["waiting_count"]
                ~ " wait, "
                ~ counts["refused_count"]
                ~ " may not leave"
                ~ ("; held-out loss fell by " ~ counts["fall"] ~ " nats per token" if counts["fall"] is not none else "")
                ~ " (experiment.adapters)."
            )
        }}
    {%- endif -%}
    {%- if "action_scores" in names -%}
        {%- set actions_query -%}
            select
                max(format('{:.2f} ({:.2f} to {:.2f})', value, ci_low, ci_high)) filter (model = 'boosted') as boosted,
                max(format('{:.2f}', value)) filter (model = 'last_action') as last_action,
                max(format('{:.2f}', value)) filter (model = 'rule') as rule
            from experiment.action_scores
            where split = 'by_time' and part = 'test' and metric = 'macro_f1_with_context'
        {%- endset -%}
        {%- set scores = run_query(actions_query).rows[0] -%}
        {%- if scores["boosted"] is not none -%}
            {{
                say(
                    "Which action, given a context: macro-F1 "
                    ~ scores["boosted"]
                    ~ "; the action before it, "
                    ~ scores["last_action"]
                    ~ "; the paper's rule, "
                    ~ scores["rule"]
                    ~ " (experiment.action_scores)."
                )
            }}
        {%- endif -%}
    {%- endif -%}
    {%- if "clustering_gain" in names -%}
        {%- set gain_query -%}
            select
                grouped_by,
                format('{:.2f} ({:.2f} to {:.2f})', gain, ci_low, ci_high) as gain
            from experiment.clustering_gain
            where group_id is null
            order by list_position(['persona', 'random', 'difference'], grouped_by)
        {%- endset -%}
        {%- for row in run_query(gain_query).rows -%}
            {{
                say(
                    {
                        "persona": "Adapters of personas know their people's answers better than one of anybody's threads: by ",
                        "random": "Adapters of random groups, the control: by ",
                        "difference": "So learning from people who write alike helps by ",
                    }[row["grouped_by"]]
                    ~ row["gain"]
                    ~ " nats per token"
                    ~ (" (experiment.clustering_gain)." if row["grouped_by"] == "difference" else ".")
                )
            }}
        {%- endfor -%}
    {%- endif -%}
    {%- if "scores" in names -%}
        {{
            say(
                "experiment.scores has models beside baselines and real halves; experiment.beside_the_paper says what can be compared."
            )
        }}
    {%- endif -%}
{%- endmacro %}

{% macro say(line) -%} {{ return(log(line, info=true)) }}{%- endmacro %}
