{{
    config(
        materialized="incremental" if target.type == "duckdb" else "landed",
        incremental_strategy="append",
        full_refresh=false,
        pre_hook=["{{ forget_replaced_files() }}", "{{ hash_again() }}"],
    )
}}
-- depends_on: {{ ref("files") }}
-- depends_on: {{ source("archive", "jetstream") }}
-- Grain: one row per line of the archive: an event with its record, or a line that is none, with the reason.
-- `archive_lines` are the lines of the files that are new (simpact.dbt_plugin). DuckDB's own SQL: validity is judged once,
-- by one parser.
with

    -- Whoever asked to be erased: of a line that names them only its number stays. NULL where nobody asked.
    lines as (select *, coalesce(regexp_matches(line, getvariable('erased_people')), false) as is_erased from archive_lines),

    texts as (
        select
            file_number,
            file,
            line_number,
            case when is_erased then '' else line end as line,
            case when is_erased then 'erased' else reject_reason end as reject_reason,
            case
                when reject_reason is not null or is_erased
                then null
                when (contains(line, '\ud') or contains(line, '\uD')) and not json_valid(line)
                then replace_lone_surrogates(line)
                else line
            end as text
        from lines
    ),

    -- One parse of the line yields everything, the references by which records join included: to look for those in the stored
    -- JSON of 10 M events later costs a quarter of the landing. NULL where the text is no JSON.
    extracted as (
        select
            *,
            try(
                json_extract_string(
                    text,
                    [
                        '$.did',
                        '$.time_us',
                        '$.kind',
                        '$.commit.operation',
                        '$.commit.collection',
                        '$.commit.rkey',
                        '$.commit.rev',
                        '$.commit.cid',
                        '$.commit.record',
                        '$.commit.record.subject.uri',
                        '$.commit.record.subject',
                        '$.commit.record.reply.parent.uri',
                        '$.commit.record.reply.root.uri',
                        '$.commit.record.embed.record.uri',
                        '$.commit.record.embed.record.record.uri',
                        '$.cursor'
                    ]
                )
            ) as field
        from texts
    ),

    named as (
        select
            file_number,
            file,
            line_number,
            line,
            text,
            reject_reason,
            field[1] as did,
            case when regexp_full_match(field[2], '[0-9]{1,18}') then field[2]::bigint end as time_us,
            field[3] as kind,
            field[4] as operation,
            field[5] as collection,
            field[6] as rkey,
            field[7] as rev,
            field[8] as cid,
            field[9] as record,
            nullif(field[10], '') as subject_uri,
            nullif(field[11], '') as subject,
            nullif(field[12], '') as parent_uri,
            nullif(field[13], '') as root_uri,
            nullif(coalesce(field[14], field[15]), '') as quoted_uri,
            try_cast(field[16] as bigint) as cursor,
            -- A string that begins like an object or an array is neither: where there may be one, types are asked for.
            contains(text, '"{') or contains(text, '"[') or contains(text, '"\u00') as has_odd_strings
        from extracted
    ),

    judged as (
        select
            *,
            coalesce(
                starts_with(did, 'did:')
                and time_us <= 253402300799999999
                and kind <> ''
                and (
                    kind <> 'commit'
                    or (operation in ('create', 'update', 'delete') and collection <> '' and rkey <> '' and rev <> '')
                ),
                false
            ) as is_event,
            is_event and kind = 'commit' as is_commit,
            coalesce(is_commit and operation <> 'delete' and starts_with(record, '{'), false) as has_braces,
            case
                when has_braces and has_odd_strings then json_type(text, '$.commit.record') = 'OBJECT' else has_braces
            end as has_record,
            case
                when has_record and has_odd_strings
                then json_type(text, '$.commit.record.subject') in ('OBJECT', 'ARRAY')
                else subject[1] in ('{', '[')
            end as has_nested_subject
        from named
    )

select
    file_number::bigint * 4294967296 + line_number as event_id,
    file_number,
    file::varchar as file,
    line_number,
    case when is_event then did end as did,
    case when is_event then time_us end as time_us,
    case when is_event then kind end as kind,
    case when is_commit then operation end as operation,
    case when is_commit then collection end as collection,
    case when is_commit then rkey end as rkey,
    case when is_commit then rev end as rev,
    case when is_commit then cid end as cid,
    case when is_commit then {{ commit_hash() }} end as commit_hash,
    case when is_commit then {{ record_hash() }} end as record_hash,
    case when has_record then coalesce(subject_uri, case when not has_nested_subject then subject end) end as subject,
    case when has_record then parent_uri end as parent_uri,
    case when has_record then root_uri end as root_uri,
    case when has_record then quoted_uri end as quoted_uri,
    has_record,
    case when has_record then record end::json as record,
    {% for part in ["account", "identity"] %}
        case
            when is_event and kind = '{{ part }}' then nullif(json_extract(text, '$.{{ part }}')::varchar, 'null')::json
        end as {{ part }},
    {% endfor %}
    case when is_event then cursor end as cursor,
    case
        when is_event
        then null
        when reject_reason is not null
        then reject_reason
        when regexp_full_match(line, '[ \t\r\n]*')
        then 'blank'
        when regexp_matches(line, '^(<{7}|={7}|>{7}|\|{7})')
        then 'git_conflict_marker'
        when json_valid(text)
        then 'not_an_event'
        when regexp_full_match(line, '(?s)\s*\{(.*[^}\s])?\s*')
        then 'cut_off'
        else 'not_json'
    end as reject_reason,
    -- Whatever the columns do not hold stays as it came.
    case
        when has_record or (is_commit and operation = 'delete') or (is_event and kind in ('account', 'identity'))
        then null
        else rtrim(line, chr(10))
    end as line
from judged
