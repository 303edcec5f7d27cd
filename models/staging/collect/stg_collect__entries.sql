-- Grain: one row per entry of a ledger. A collector that was killed may have made the entry of a file or of a gap twice.
with

    entries as (
        select
            ledger,
            line_number,
            {{
                json_columns(
                    "line",
                    {
                        "kind": "kind",
                        "host": "host",
                        "start_us": "start_us",
                        "end_us": "end_us",
                        "n_events": "n_events",
                        "reason": "reason",
                        "file": "file",
                        "at_us": "at_us",
                    },
                )
            }}
        from {{ ref("ledger") }}
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by
                    ledger, kind, start_us, end_us, reason, file, case when kind in ('file', 'gap') then 0 else line_number end
                order by line_number
            ) as occurrence
        from entries
    )

select
    ledger,
    line_number,
    kind,
    host,
    whole_number(start_us) as start_us,
    whole_number(end_us) as end_us,
    whole_number(n_events) as n_events,
    reason,
    file,
    whole_number(at_us) as noted_us
from numbered
where occurrence = 1
