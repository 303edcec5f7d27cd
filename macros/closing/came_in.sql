{# What came in, what became of it, and which files are not what they were. #}
{% macro came_in_lines(built) -%}
    {%- if "coverage" in built and "int_users__in_scope" in built %}
        with

            counts as (
                select
                    cast(coalesce(sum(n_events), 0) as bigint) as line_count,
                    cast(coalesce(sum(n_events) filter (outcome = 'rejected'), 0) as bigint) as reject_count,
                    cast(coalesce(sum(n_events) filter (outcome = 'threaded'), 0) as bigint) as thread_count
                from quality.coverage
            ),

            aside as (
                select count(*) as line_count
                from raw.events
                where file_number in (select number from raw.files where not is_selected)
            ),

            -- A few are named, the rest is counted.
            damage as (
                select file, line_number - 1 as line_count, row_number() over (order by file) as place, count(*) over () as n
                from raw.events
                where reject_reason = 'file_ends_early'
            ),

            shrunk as (
                select *, row_number() over (order by path) as place, count(*) over () as n
                from raw.files
                where shrunk_from_bytes is not null
            )

        select label, sentence
        from
            (
                select
                    1 as turn,
                    0 as place,
                    'Came in' as label,
                    format(
                        '{:,} lines of {:,} files; {:,} were rejected (raw.events, reject_reason)',
                        line_count,
                        (select count(*) from raw.files),
                        reject_count
                    ) as sentence
                from counts

                union all

                select
                    2, 0, 'Set aside', format('{:,} lines: SIMPACT_ARCHIVE names their files no more (raw.files)', line_count)
                from aside
                where line_count > 0

                union all

                select
                    3,
                    place,
                    'DAMAGED',
                    case
                        when place < 4
                        then format('{} ends early; the {:,} lines before the damage have landed', file, line_count)
                        else format('{:,} files more (raw.events, reject_reason)', n - 3)
                    end
                from damage
                where place < 5

                union all

                select
                    4,
                    place,
                    'SHRUNK',
                    case
                        when place < 4
                        then
                            format(
                                '{} was {:,} bytes and is {:,}; what it holds no more is gone from the warehouse',
                                path,
                                shrunk_from_bytes,
                                size_bytes
                            )
                        else format('{:,} files more (raw.files, shrunk_from_bytes)', n - 3)
                    end
                from shrunk
                where place < 5

                union all

                select
                    5,
                    0,
                    'Threads',
                    format(
                        '{:,} by {:,} users in scope; every other line has one reason (quality.coverage)',
                        thread_count,
                        (select count(*) from private.int_users__in_scope)
                    )
                from counts
            )
        order by turn, place
    {% endif -%}
{%- endmacro %}
