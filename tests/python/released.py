"""A small release made in SQL: every action, split and kind of gap in personas, and texts that break careless writers."""

from __future__ import annotations

from pathlib import Path

import duckdb

from simpact.actions import ACTION_TYPES
from simpact.release import SCHEMA

HARD_TEXTS = (
    "plain",
    "",
    'a "quote" and a \\',
    "two\nlines\r\n",
    "line\u2028separator",
    "Ünï 👩‍🔬 café",
    "{}, [] ,",
    "null",
    "a\tb\u0000c",
)


def make_release(path: Path, threads: int = 400, scales: tuple[int, int] = (2, 5)) -> None:
    """Write a release file. Thread 7 has no persona; every eleventh has one at the coarser scale only."""
    coarse, fine = scales
    with duckdb.connect(path) as connection:
        connection.execute(SCHEMA)
        connection.execute(
            f"""
            insert into release.threads
            select
                id, $actions[1 + id % 13],
                case when id % 5 > 0 then '2025-W' || (10 + id % 3) end,
                $splits[1 + id // 13 % 5],
                case
                    when id = 7 then map {{}}
                    when id % 11 = 0 then map {{{coarse}: id % {coarse}}}
                    else map {{{coarse}: id % {fine} % {coarse}, {fine}: id % {fine}}}
                end,
                1 + id % 4, least(2, 1 + id % 4)
            from range({threads}) as ids(id)
            """,
            {"actions": ACTION_TYPES, "splits": ["train", "validation", "test", "test_unseen_users", "overlapping"]},
        )
        connection.execute(
            """
            insert into release.messages
            select
                thread_id, place, 'user_' || place % 2, place = message_count - 1,
                case when place > 0 then ['minutes', 'hours', 'days', 'weeks'][1 + thread_id % 4] end,
                case
                    when place < message_count - 1 or action_type in ('post', 'reply', 'quote', 'post_update')
                    then $texts[1 + (thread_id // 3 + place) % len($texts)]
                end
            from (select *, unnest(range(message_count)) as place from release.threads)
            """,
            {"texts": HARD_TEXTS},
        )
        connection.execute(
            """
            insert into release.personas
            select scale, persona, case when scale = $fine then persona % $coarse end, 12 + persona, 300, count(*), 0.25,
                ['tax', 'café']
            from (select unnest(map_keys(personas)) as scale, unnest(map_values(personas)) as persona from release.threads)
            group by scale, persona
            """,
            {"fine": fine, "coarse": coarse},
        )
        connection.execute(
            """
            insert into release.mixing values
                ($fine, 0, 1, 0.7), ($fine, 0, null, 0.3), ($fine, 1, 0, 0.25), ($fine, 1, 1, 0.75), ($fine, 2, 0, 1)
            """,
            {"fine": fine},
        )
        connection.execute(
            """
            insert into release.data_card values
                ('release', 'release_id', 'r1'), ('release', 'built_on', '2026-11-25'), ('release', 'simpact_version', '0.1.0'),
                ('release', 'commit', '0123abc'), ('release', 'schema_version', '1'),
                ('counts', 'people_acted_towards_by_one', '4'), ('settings', 'k', '10'), ('settings', 'time_bucket', 'week'),
                ('settings', 'seed', '1'), ('settings', 'languages', '[en, fr]'), ('privacy', 'k_reached', '11'),
                ('privacy', 'effective_people_reached', '6.2'), ('privacy', 'suppressed_share', '0.031'),
                ('redaction', 'URL', '17'), ('attacks', 'linkage', '0.02'), ('input', '2025-03/01.ndjson.zst', 'ab12'),
                ('models', 'minilm', 'cd34'),
                ('collection', 'observed_share', '0.9955'), ('collection', 'unobserved_hours', '3.25'),
                ('odd | section', 'pipe | <b>', 'x' || chr(10) || 'y')
            """
        )
