"""Threads in the paper's shape, folders `processed_<K>_clusters` of `cluster_<id>.jsonl`, as a release file."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from simpact.actions import ACTION_TYPES
from simpact.archive import read_lines
from simpact.errors import UserError
from simpact.exports.manifest import sha256
from simpact.home import limits, quoted
from simpact.release import SCHEMA, SCHEMA_VERSION

FOLDER, FILES = re.compile(r"processed_(\d+)_clusters"), "cluster_*.jsonl*"  # plain, gzip or zstd

_MESSAGE = '{"user_id": "VARCHAR", "relative_integer_time": "BIGINT", "text": "VARCHAR", "actions": "JSON"}'
_LINE = f'{{"thread": [{_MESSAGE}], "cluster_id": "INTEGER"}}'
_NAMES = "[" + ", ".join(f"'{action}'" for action in ACTION_TYPES) + "]"


def import_threads(folder: Path, out: Path, seed: int = 1, say: Callable[[str], None] = lambda step: None) -> None:
    """Make the release file `out` from the files below `folder`; `say` hears of each step.

    A thread found in several K is one with several personas: found again by its messages as they are written. Threads that are
    alike within one K stay as many as they are; they are numbered by cluster, and the first of one K is the first of another.
    Which of them had which *combination* of personas, the files do not tell. Thread ids are a permutation by `seed`. Every
    thread gets the split train; gaps, time buckets and people per persona are not told.

    Raises UserError, and writes nothing, when `out` is there already, no file is found, or a line is no such thread.
    """
    if out.exists():
        raise UserError(f"'{out}' is there already: choose another --out, or move it away.")
    if out.stem in ("release", "explore"):
        raise UserError(f"DuckDB would take a file named '{out.name}' for the schema {out.stem}: choose another --out.")
    files = _find(folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import-", dir=out.parent) as work:
        made = Path(work) / out.name
        with duckdb.connect(made, config=limits(Path(work))) as connection:
            connection.execute(f"attach '{quoted(Path(work) / 'work.duckdb')}' as work")
            say(f"{len(files):,} files")
            _read(connection, files)
            say("threads")
            connection.execute(SCHEMA)
            connection.execute(_THREADS, {"seed": seed})
            for step, statement in _TABLES.items():
                say(step)
                connection.execute(statement)
            _describe(connection, folder, files, seed)
            connection.execute("checkpoint")  # which a full disk fails; closing does not tell
        os.link(made, out)  # fails where a file came to be meanwhile


def _find(folder: Path) -> list[tuple[int, int, Path]]:
    """(number, K, path) of every file."""
    folders = [folder] if FOLDER.fullmatch(folder.name) else sorted(folder.glob("processed_*_clusters"))
    found = [
        (int(match.group(1)), path)
        for inside in folders
        if (match := FOLDER.fullmatch(inside.name))
        for path in sorted(inside.glob(FILES))
    ]
    if not found:
        raise UserError(f"'{folder}' has no file processed_<K>_clusters/{FILES.removesuffix('*')}.")
    return [(number, scale, path) for number, (scale, path) in enumerate(found)]


def _read(connection: duckdb.DuckDBPyConnection, files: list[tuple[int, int, Path]]) -> None:
    """Make `work.found`, one row per line. Raises UserError naming the first line that is no thread."""
    connection.execute("create table work.files (number integer, scale integer, path varchar)")
    connection.executemany(
        "insert into work.files values (?, ?, ?)", [(number, scale, str(path)) for number, scale, path in files]
    )
    lines = read_lines((number, str(path), path.stat().st_size) for number, _, path in files)
    connection.register("paper_lines", lines)
    connection.execute(_FOUND)
    connection.unregister("paper_lines")
    bad = connection.execute(
        "select path, line_number, problem from work.found join work.files on file_number = number "
        "where problem is not null order by file_number, line_number limit 1"
    ).fetchone()
    if bad:
        path, line_number, problem = bad
        raise UserError(f"'{path}', line {line_number}: {problem}.")


def _describe(connection: duckdb.DuckDBPyConnection, folder: Path, files: list[tuple[int, int, Path]], seed: int) -> None:
    scales = sorted({scale for _, scale, _ in files})
    card = [
        ("release", "origin", "threads in the shape of arXiv 2510.02343, imported"),
        ("release", "schema_version", SCHEMA_VERSION),
        ("settings", "persona_scales", ", ".join(map(str, scales))),
        ("settings", "seed", str(seed)),
        ("settings", "split", "train for every thread: the files name none"),
        *(("input", f"{path.parent.name}/{path.name}", sha256(path)) for _, _, path in files),
    ]
    connection.executemany("insert into release.data_card values (?, ?, ?)", card)
    connection.execute("""
        insert into release.data_card
        select 'counts', 'threads', count(*) from release.threads
        union all
        select 'counts', 'messages', count(*) from release.messages
    """)


# `flags` are the names of the true flags, which must be one, and one of the thirteen.
_FOUND = f"""
create table work.found as
with parsed as (
    select
        file_number, line_number, reject_reason, line,
        case when json_valid(line) then from_json(line, '{_LINE}') end as said
    from paper_lines
    where trim(line, E' \\t\\r\\n') <> ''
),
flagged as (
    select
        file_number, line_number, reject_reason, line, said.cluster_id, said.thread as messages,
        try_cast(said.thread[-1].actions as map(varchar, boolean)) as actions,
        list_filter(map_entries(actions), lambda flag: flag.value).list_transform(lambda flag: flag.key) as flags
    from parsed
)
select
    file_number, line_number, cluster_id, flags[1] as action_type,
    list_transform(messages, lambda message: struct_pack(
        user_id := message.user_id, clock := message.relative_integer_time, text := message.text
    )) as messages,
    case
        when reject_reason <> 'too_long' then 'it cannot be read (' || reject_reason || ')'
        when not json_valid(line) then 'it is no JSON'
        when coalesce(len(messages), 0) = 0 then 'it has no thread'
        when cluster_id is null or cluster_id < 0 then 'it has no cluster_id'
        when len(list_filter(messages, lambda message: message.user_id is null)) > 0 then 'a message has no user_id'
        when len(list_filter(messages[:-2], lambda message: message.actions is not null)) > 0
        then 'a message before the last has actions'
        when actions is null then 'the last message has no actions'
        when len(flags) <> 1 then 'one action must be true on the last message, not ' || len(flags)
        when not list_contains({_NAMES}, flags[1]) then 'it has an action that is not one of the thirteen'
    end as problem
from flagged
"""

_THREADS = """
create table work.threads as
with keyed as (
    select
        scale, file_number, line_number, cluster_id, action_type, messages,
        md5(to_json({'messages': messages, 'action_type': action_type})::varchar) as content
    from work.found
    join work.files on file_number = number
),
numbered as (
    select *, row_number() over (partition by scale, content order by cluster_id, file_number, line_number) as number
    from keyed
),
merged as (
    select
        content, number, any_value(action_type) as action_type, any_value(messages) as messages,
        map_from_entries(list({'scale': scale, 'persona_id': cluster_id} order by scale)) as personas
    from numbered
    group by content, number
)
select
    row_number() over (order by md5(concat_ws(' ', content, number, $seed)), content, number) as thread_id,
    action_type, messages, personas
from merged
order by thread_id
"""

_TABLES = {
    "messages": """
        insert into release.messages
        with spoken as (
            select
                thread_id, messages[place].user_id as user_id, messages[place].text as text, place,
                place = len(messages) as is_action
            from (select thread_id, messages, unnest(range(1, len(messages) + 1)) as place from work.threads)
        ),
        met as (
            select *, min(place) over (partition by thread_id, user_id) as first_place from spoken
        )
        select
            thread_id, place - 1, 'user_' || (dense_rank() over (partition by thread_id order by first_place) - 1),
            is_action, null, text
        from met
        order by thread_id, place
    """,
    "thread figures": """
        insert into release.threads
        select
            thread_id, action_type, null, 'train', personas, len(messages),
            list_unique(list_transform(messages, lambda message: message.user_id))
        from work.threads
        order by thread_id
    """,
    "personas": """
        insert into release.personas (scale, persona_id, thread_count)
        select placed.key, placed.value, count(*)
        from (select unnest(map_entries(personas)) as placed from release.threads)
        group by all
        order by all
    """,
}
