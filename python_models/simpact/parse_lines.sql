-- What one line of the archive holds. The last statement reads the lines of `simpact.archive` and yields `raw.events`.
-- DuckDB's own SQL: landing happens on one machine, so that validity is judged once, by one parser.

-- One parse yields the whole envelope. NULL where the line is no JSON.
create or replace temp macro parse_envelope(line) as try(
    json_transform(
        line,
        '{
            "did": "VARCHAR", "time_us": "VARCHAR", "kind": "VARCHAR", "cursor": "BIGINT", "account": "JSON", "identity": "JSON",
            "commit": {
                "operation": "VARCHAR", "collection": "VARCHAR", "rkey": "VARCHAR", "rev": "VARCHAR", "cid": "VARCHAR",
                "record": "JSON"
            }
        }'
    )
);

-- A surrogate escape without its other half cannot be stored as UTF-8: it becomes U+FFFD. Whole pairs and other escapes stay.
create or replace temp macro replace_lone_surrogates(line) as case
    when line ilike '%\ud%'
    then
        array_to_string(
            list_transform(
                regexp_extract_all(
                    line, '(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|[^\\]+|\\'
                ),
                lambda part: case
                    when regexp_full_match(part, '(?i)\\ud[89a-f][0-9a-f]{2}') then '\ufffd' else part
                end
            ),
            ''
        )
    else line
end;

-- More than 128 opening brackets are suspicious; what 128 rounds of removing the innermost pairs leave is too deep.
create or replace temp macro nests_too_deep(line) as case
    when len(line) - len(replace(replace(line, '[', ''), '{', '')) > 128
    then
        list_reduce(
            range(128)::varchar[],
            lambda brackets, _: regexp_replace(brackets, '\[\]|\{\}', '', 'g'),
            regexp_replace(regexp_replace(line, '"(\\.|[^"\\])*"', '', 'g'), '[^\[\]{}]', '', 'g')
        )
        <> ''
    else false
end;

with
    parsed as (
        select
            file_number,
            file,
            line_number,
            line,
            reject_reason as unreadable,
            case when reject_reason is null then parse_envelope(line) end as envelope
        from lines
    ),

    repaired as (
        select
            * replace (
                case
                    when envelope is null and unreadable is null
                    then parse_envelope(replace_lone_surrogates(line))
                    else envelope
                end as envelope
            ),
            nests_too_deep(line) as is_too_deep
        from parsed
    ),

    judged as (
        select
            *,
            try_cast(envelope.time_us as bigint) as time_us,
            coalesce(
                not is_too_deep
                and starts_with(envelope.did, 'did:')
                and regexp_full_match(envelope.time_us, '[0-9]{1,18}')
                and time_us <= 253402300799999999
                and envelope.kind <> ''
                and (
                    envelope.kind <> 'commit'
                    or (
                        envelope.commit.operation in ('create', 'update', 'delete')
                        and envelope.commit.collection <> ''
                        and envelope.commit.rkey <> ''
                        and envelope.commit.rev <> ''
                    )
                ),
                false
            ) as is_event,
            is_event and envelope.kind = 'commit' as is_commit,
            is_commit and starts_with(envelope.commit.record, '{') as has_record
        from repaired
    ),

    -- The references by which records join are read here, while the record is at hand: a second pass over the stored JSON
    -- of 10 M events costs as much as a quarter of the landing.
    referenced as (
        select
            *,
            case
                when has_record
                then
                    json_extract_string(
                        envelope.commit.record,
                        [
                            '$.subject.uri',
                            '$.subject',
                            '$.reply.parent.uri',
                            '$.reply.root.uri',
                            '$.embed.record.uri',
                            '$.embed.record.record.uri'
                        ]
                    )
            end as reference
        from judged
    )

select
    file_number::bigint * 4294967296 + line_number as event_id,
    file_number,
    file::varchar as file,
    line_number,
    case when is_event then envelope.did end as did,
    case when is_event then time_us end as time_us,
    case when is_event then envelope.kind end as kind,
    case when is_commit then envelope.commit.operation end as operation,
    case when is_commit then envelope.commit.collection end as collection,
    case when is_commit then envelope.commit.rkey end as rkey,
    case when is_commit then envelope.commit.rev end as rev,
    case when is_commit then envelope.commit.cid end as cid,
    case
        when is_commit
        then
            hash(
                envelope.did,
                envelope.commit.collection,
                envelope.commit.rkey,
                envelope.commit.operation,
                envelope.commit.rev
            )
    end as commit_hash,
    nullif(coalesce(reference[1], case when reference[2][1] not in ('{', '[') then reference[2] end), '') as subject,
    nullif(reference[3], '') as parent_uri,
    nullif(reference[4], '') as root_uri,
    nullif(coalesce(reference[5], reference[6]), '') as quoted_uri,
    has_record,
    case when has_record then envelope.commit.record end as record,
    case when is_event then envelope.account end as account,
    case when is_event then envelope.identity end as identity,
    case when is_event then envelope.cursor end as cursor,
    case
        when is_event
        then null
        when unreadable is not null
        then unreadable
        when regexp_full_match(line, '[ \t\r\n]*')
        then 'blank'
        when regexp_matches(line, '^(<{7}|={7}|>{7}|\|{7})')
        then 'git_conflict_marker'
        when not json_valid(replace_lone_surrogates(line))
        then case when regexp_full_match(line, '(?s)\s*\{(.*[^}\s])?\s*') then 'cut_off' else 'not_json' end
        when is_too_deep
        then 'too_deep'
        else 'not_an_event'
    end as reject_reason,
    case
        when has_record or (is_commit and envelope.commit.operation = 'delete') or envelope.kind in ('account', 'identity')
        then null
        else rtrim(line, chr(10))
    end as line
from referenced
