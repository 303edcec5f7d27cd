{{ config(materialized=on_driver("table")) }}
-- Grain: one row per figure about the release. Every one comes from a table or a setting; none is written by hand.
with

    cells as (select * from {{ ref("int_privacy__checked_cells") }}),

    personas as (select * from {{ ref("int_privacy__checked_personas") }}),

    fates as (select * from {{ ref("suppression") }}),

    -- By name and not by folder, which is the operator's own; files of several days may have one name.
    inputs as (
        select
            parse_filename(path) as name,
            content_sha256,
            row_number() over (partition by parse_filename(path) order by path) as place
        from {{ ref("files") }}
        where is_selected
    ),

    replacements as (
        select unnested.replaced.entity as entity, sum(unnested.replaced.n) as n
        from {{ ref("int_privacy__redactions") }} as redactions
        cross join lateral unnest(redactions.entities) as unnested(replaced)
        group by unnested.replaced.entity
    )

select 'release' as section, 'release_id' as item, left(sha2(salt.salt || fingerprint.fingerprint, 256), 16) as value
from {{ ref("int_privacy__salt") }} as salt
cross join {{ ref("int_privacy__fingerprint") }} as fingerprint

union all

select 'release', 'built_on', cast(current_date as string)

union all

select 'release', 'simpact_version', getvariable('simpact_version')

union all

select 'release', 'schema_version', getvariable('release_schema_version')

union all

select 'release', 'commit', getvariable('source_commit')

{% for name in var("settings")[target.name] if name not in ["release_seed", "archive_fresh_hours"] + experiment_settings() %}
    union all

    select 'settings', '{{ name }}', {{ dbt.string_literal(without_folder(setting(name) | string) | replace("'", "''")) }}
{% endfor %}

union all

select 'models', 'embedder', {{ dbt.string_literal(without_folder(embedder_key())) }}

union all

select 'models', 'recognisers', getvariable('recogniser_version')

union all

select 'input', name || case when place > 1 then format(' ({})', place) else '' end, content_sha256
from inputs

union all

select
    'collection', 'observed_share', cast(round(sum(case when is_observed then seconds else 0 end) / sum(seconds), 4) as string)
from {{ ref("observed_time") }}
having sum(seconds) > 0

union all

select 'collection', 'unobserved_hours', cast(round(sum(case when is_observed then 0 else seconds end) / 3600, 2) as string)
from {{ ref("observed_time") }}
having sum(seconds) > 0

union all

select 'counts', 'lines', cast(sum(n_events) as string)
from {{ ref("coverage") }}

union all

select 'counts', 'threads_before_privacy', cast(sum(n_threads) as string)
from fates

union all

select 'counts', 'threads', cast(count(*) as string)
from {{ ref("candidate_threads") }}

union all

select 'counts', 'messages', cast(count(*) as string)
from {{ ref("candidate_messages") }}

union all

select 'counts', 'people', cast(count(distinct actor_did) as string)
from {{ ref("int_privacy__released") }}

union all

select 'counts', 'personas_at_scale_' || scale, cast(count(*) as string)
from {{ ref("candidate_personas") }}
group by scale

union all

select 'counts', 'people_withheld_about_' || reason, cast(round(count(*), -1) as string)
from {{ ref("stg_bluesky__withheld") }}
group by reason
having count(*) >= {{ setting("k") }}

union all

select 'counts', 'people_acted_towards_by_one', cast(cast(round(count(*) / count(distinct actor_did)) as bigint) as string)
from {{ ref("int_privacy__mixing_pairs") }}
having count(distinct actor_did) >= {{ setting("k") }}

union all

select 'privacy', 'cells', cast(count(*) as string)
from cells

union all

select 'privacy', 'k_reached', cast(min(n_people) as string)
from cells

union all

select 'privacy', 'effective_people_reached', cast(round(min(effective_people), 2) as string)
from cells

union all

select 'privacy', 'largest_share_reached', cast(round(max(largest_share), 4) as string)
from cells

union all

select 'privacy', 'effective_people_of_a_persona_reached', cast(round(min(effective_people), 2) as string)
from personas

union all

select 'privacy', 'k_of_mixing_reached', cast(min(n_people) as string)
from {{ ref("int_privacy__checked_mixing") }}

union all

select 'privacy', 'l_diversity_of_actions', cast(min(n_actions) as string)
from {{ ref("int_privacy__diversity") }}

union all

select 'privacy', 't_closeness_of_actions', cast(round(max(distance), 4) as string)
from {{ ref("int_privacy__diversity") }}

union all

select
    'suppression', case when fate = 'released' then 'released_at_level_' || level else fate end, cast(sum(n_threads) as string)
from fates
group by case when fate = 'released' then 'released_at_level_' || level else fate end
having sum(n_people) >= {{ setting("k") }}

union all

select 'privacy', 'suppressed_share', cast(round(1 - released_share, 4) as string)
from {{ ref("int_privacy__checked_release") }}

union all

select 'redaction', entity, cast(n as string)
from replacements

union all

select 'redaction_recall', source || ' ' || entity, cast(round(recall, 4) as string)
from {{ ref("redaction") }}
where recall is not null

union all

select
    'attacks',
    attack,
    'success '
    || round(success, 4)
    || ' ('
    || round(ci_low, 4)
    || ' to '
    || round(ci_high, 4)
    || '), baseline '
    || round(baseline, 4)
    || ', '
    || verdict
from {{ ref("attacks") }}
where success is not null
