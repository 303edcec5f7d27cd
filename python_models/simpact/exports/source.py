"""The release file as the exports read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from simpact.actions import ACTION_TYPES
from simpact.errors import UserError
from simpact.exports.folder import WORK
from simpact.home import limits, quoted
from simpact.release import SCHEMA_VERSION

SLICE = 250_000  # threads whose messages are gathered at a time: lists cannot be spilled to disk; about 0.5 GB
OPEN_FILES = 200  # macOS allows a process 256

# The paper's message: a key without a value is left out, which a merge patch with null does.
_MESSAGE = """json_merge_patch(
    to_json({{'user_id': {speaker}, 'relative_integer_time': {index}}}), to_json({{'text': {text}, 'actions': {actions}}})
)"""
_FLAGS = ", ".join(f"'{action}': action_type = '{action}'" for action in ACTION_TYPES)
_CONTEXT_MESSAGE = _MESSAGE.format(speaker="said.speaker", index="place - 1", text="said.text", actions="null")
_ACTION_MESSAGE = _MESSAGE.format(speaker="speaker", index="len(context)", text="text", actions=f"{{{_FLAGS}}}")

_HAS_EXAMPLES = """
    select 1 from duckdb_views()
    where database_name = 'simpact_release' and schema_name = 'release' and view_name = 'examples'
"""

_VERSION = "select value from release.data_card where section = 'release' and item = 'schema_version'"


@contextmanager
def open_release(release: Path, folder: Path, say: Callable[[str], None]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the release, read-only, with `work.examples`: release.examples in thread order, gathered once.

    `work.examples` has one column more, `thread`: the messages as the paper's JSON. The engine's files lie in `folder`/.work
    until the connection closes. Raises UserError when there is no release.
    """
    if not release.is_file():
        raise UserError(f"There is no release at '{release}': build one, or set SIMPACT_HOME to the folder that has one.")
    work = folder / WORK
    work.mkdir()
    with duckdb.connect(config=limits(work) | {"partitioned_write_max_open_files": OPEN_FILES}) as connection:
        connection.execute(f"attach '{quoted(release)}' as simpact_release (read_only)")
        connection.execute(f"attach '{quoted(work / 'work.duckdb')}' as work")
        connection.execute("use simpact_release")
        if not connection.execute(_HAS_EXAMPLES).fetchone():
            raise UserError(f"'{release}' is no release: it has no release.examples.")
        check_version(connection, release)
        say("examples")
        _gather(connection)
        connection.execute("set threads = 1")  # several writers share out the rows of a partition by chance
        yield connection


def check_version(connection: duckdb.DuckDBPyConnection, release: Path) -> None:
    """Raise UserError when the release of a connection has tables of another version than these exports read."""
    rows = connection.execute(_VERSION).fetchall()
    version = rows[0][0] if rows else "0"
    if version != SCHEMA_VERSION:
        age = "a newer" if version.isdecimal() and int(version) > int(SCHEMA_VERSION) else "an older"
        raise UserError(
            f"'{release}' was made by {age} simpact: its tables are of version {version}, and this simpact reads version "
            f"{SCHEMA_VERSION}. Build the release anew, or use the simpact that made it."
        )


def copy(connection: duckdb.DuckDBPyConnection, query: str, to: Path, options: str) -> None:
    """Write what `query` finds to the file or folder `to`, with these options of COPY."""
    connection.execute(f"copy ({query}) to '{quoted(to)}' ({options})")


def _gather(connection: duckdb.DuckDBPyConnection) -> None:
    query = f"""
        select
            *,
            list_append(list_transform(context, lambda said, place: {_CONTEXT_MESSAGE}), {_ACTION_MESSAGE}) as thread
        from release.examples
    """
    connection.execute(f"create table work.examples as {query} limit 0")
    last_ones = connection.execute(
        f"""
        select thread_id
        from (select thread_id, row_number() over (order by thread_id) as place, count(*) over () as n from release.threads)
        where place % {SLICE} = 0 or place = n
        order by place
        """
    ).fetchall()
    after = None
    for (last,) in last_ones:
        connection.execute(
            f"insert into work.examples {query} where (? is null or thread_id > ?) and thread_id <= ? order by thread_id",
            [after, after, last],
        )
        after = last
