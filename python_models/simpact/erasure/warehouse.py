"""Erase a person from the private database: their lines, the lines that name them, and whatever was made of either."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from simpact.erasure.standing import Erased, naming
from simpact.errors import UserError
from simpact.home import quoted
from simpact.redaction.names import words_of
from simpact.relations import rows_if_built
from simpact.whole import whole

# Columns that hold the number of a line, under the names that models give it.
LINE_COLUMNS = (
    *("event_id", "action_id", "thread_id", "post_id", "answered_post_id"),
    *("text_event_id", "current_event_id", "last_written_event_id"),
)
# Where `thread_id` is the number in a release: in the one that was written last, or in the one that is being prepared.
WRITTEN = ("private.released_people", "release.threads", "release.messages")
PREPARED = ("private.candidate_threads", "private.candidate_messages", "private.keyed_index")
# What the next build computes anew from the release, whatever release it was of: all of it goes. Of the other tables of the
# experiment every row counts many people.
EXPERIMENT = (
    *("private.int_experiment__", "private.answers", "private.audited_losses", "private.measured"),
    *("experiment.generations", "experiment.tells"),
)
# There from the moment that rows are gone until the database is written anew: a kill in between leaves them in free blocks.
TO_REWRITE = "raw.to_be_rewritten"
ENVELOPE = ("event_id", "file_number", "file", "line_number", "reject_reason", "line")


def find_person(warehouse: duckdb.DuckDBPyConnection, handle: str, erased: Sequence[Erased] = ()) -> str:
    """The DID of whom an identity event last gave a handle, or else of the one of `erased` who had it: a kill may have left
    something of a person whose lines are gone. Raises UserError when there is none.
    """
    handle = handle.removeprefix("@")
    found = warehouse.execute(
        """
        select did from raw.events
        where kind = 'identity' and lower(json_extract_string(identity, '$.handle')) = lower(?)
        order by time_us desc, event_id desc limit 1
        """,
        [handle],
    ).fetchall()
    if found:
        return str(found[0][0])
    before = [person.did for person in erased if words_of(handle) in person.names]
    if len(before) != 1:
        raise UserError("No identity event of the archive tells this handle: give the DID.")
    return before[0]


def names_of(warehouse: duckdb.DuckDBPyConnection, did: str) -> list[str]:
    """What a person was ever called, as plain words: display names, handles, and the first part of a handle."""
    rows = warehouse.execute(
        """
        select json_extract_string(identity, '$.handle') as handle, null as display_name
        from raw.events where did = $did and kind = 'identity'
        union
        select null, json_extract_string(record, '$.displayName')
        from raw.events where did = $did and collection = 'app.bsky.actor.profile'
        """,
        {"did": did},
    ).fetchall()
    names = {name for row in rows for name in row if name} | {handle.partition(".")[0] for handle, _ in rows if handle}
    return sorted({words for name in names if (words := words_of(name))})


def released_threads(warehouse: duckdb.DuckDBPyConnection, did: str) -> tuple[str | None, list[int]]:
    """The release that was written last, if one was, and the numbers of its threads that a person speaks in."""
    release = rows_if_built(warehouse, "select release_id from private.released_people limit 1")
    if not release:
        return None, []
    rows = warehouse.execute(
        "select thread_id from private.released_people where author_did = ? order by thread_id", [did]
    ).fetchall()
    return str(release[0][0]), [number for (number,) in rows]


def erase_from_warehouse(warehouse: duckdb.DuckDBPyConnection, did: str) -> dict[str, int]:
    """Rows erased per table. Of a line in `raw.events` its number stays, so that every line is still accounted for.

    Lines of others that name the person, such as likes of their posts, go as well. The next build makes the fold anew. What
    was deleted lies in free blocks until `rewrite`.
    """
    pattern = naming([did])
    warehouse.execute("begin")
    for name in ("erased_lines", "erased_prepared", "erased_written"):
        warehouse.execute(f"create temp table {name} (number bigint)")
    warehouse.execute("create temp table erased_texts (text_hash varchar, redaction_key varchar)")
    warehouse.execute(
        f"""
        insert into erased_lines select event_id from raw.events
        where regexp_matches({_all_text(warehouse, "raw", "events")}, ?)
        """,
        [pattern],
    )
    tables = _tables(warehouse)
    if "private.int_privacy__speakers" in tables:
        warehouse.execute(
            "insert into erased_prepared select released_id from private.int_privacy__speakers where author_did = ?", [did]
        )
    if "private.released_people" in tables:
        warehouse.execute(
            "insert into erased_written select thread_id from private.released_people where author_did = ?", [did]
        )
    if "staging.stg_bluesky__posts" in tables:
        warehouse.execute("""
            insert into erased_texts
            select md5(text), null from staging.stg_bluesky__posts where event_id in (select number from erased_lines)
            except
            select md5(text), null from staging.stg_bluesky__posts where event_id not in (select number from erased_lines)
        """)
    if "private.int_privacy__texts" in tables:
        warehouse.execute("""
            update erased_texts set redaction_key = texts.redaction_key
            from private.int_privacy__texts as texts where texts.text_hash = erased_texts.text_hash
        """)
    columns = sorted(name for name in tables["raw.events"] if name not in ENVELOPE)
    blanks = ", ".join(f"{name} = null" for name in columns)
    receipt = {"raw.events": _count(warehouse, "select count(*) from erased_lines")}
    warehouse.execute(f"""
        update raw.events set {blanks}, line = '', reject_reason = 'erased'
        where event_id in (select number from erased_lines)
    """)
    for table, names in tables.items():
        if table.startswith("raw."):
            continue
        schema, name = table.split(".")
        conditions = [f"regexp_matches({_all_text(warehouse, schema, name)}, $pattern)"]
        conditions += [
            f"{column} in (select number from {_numbers(table, column)})"
            for column in (*LINE_COLUMNS, "released_id")
            if column in names
        ]
        conditions += [
            f"{column} in (select {column} from erased_texts)" for column in ("text_hash", "redaction_key") if column in names
        ]
        if table.startswith(EXPERIMENT):
            conditions = ["$pattern is not null"]
        deleted = warehouse.execute(f"delete from {table} where {' or '.join(conditions)}", {"pattern": pattern}).fetchall()
        if deleted[0][0]:
            receipt[table] = deleted[0][0]
    if "private.int_fold__completed" in tables:
        warehouse.execute("delete from private.int_fold__completed")
    warehouse.execute(f"create table if not exists {TO_REWRITE} as select true as is_due")
    warehouse.execute("drop table erased_lines; drop table erased_prepared; drop table erased_written; drop table erased_texts")
    warehouse.execute("commit")
    return receipt


def rewrite(warehouse: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write a database anew, so that what was deleted lies in none of its free blocks, and put it in place of the old one.

    `warehouse` is open, so that no build comes in between, and of no use afterwards.
    """
    with whole(path) as beside:
        warehouse.execute("checkpoint")
        warehouse.execute(f"attach '{quoted(beside)}' as rewritten")
        warehouse.execute(f"copy from database {path.stem} to rewritten")
        warehouse.execute(f"drop table if exists rewritten.{TO_REWRITE}")
        warehouse.execute("checkpoint rewritten")
        warehouse.execute("detach rewritten")


def is_to_be_rewritten(warehouse: duckdb.DuckDBPyConnection) -> bool:
    """Was an erasure killed before `rewrite` was through?"""
    return TO_REWRITE in _tables(warehouse)


def _numbers(table: str, column: str) -> str:
    """Which erased numbers a column of a table holds."""
    if column == "thread_id" and table in WRITTEN:
        return "erased_written"
    return "erased_prepared" if column == "released_id" or (column == "thread_id" and table in PREPARED) else "erased_lines"


def _tables(warehouse: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Columns of every table, by its name."""
    rows = warehouse.execute("""
        select columns.schema_name || '.' || columns.table_name, list(columns.column_name)
        from duckdb_columns() as columns
        inner join duckdb_tables() as tables using (database_name, table_oid)
        where database_name = current_database() and not tables.temporary
        group by 1 order by 1
    """).fetchall()
    return {table: set(names) for table, names in rows}


def _all_text(warehouse: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """An expression for all words of a row: its texts, JSON and lists of texts, one after the other."""
    rows = warehouse.execute(
        """
        select column_name from duckdb_columns()
        where database_name = current_database() and schema_name = ? and table_name = ?
        and (data_type = 'JSON' or data_type like '%VARCHAR%')
        order by column_index
        """,
        [schema, table],
    ).fetchall()
    return "concat_ws(' ', " + ", ".join(["''", *(f'"{name}"::varchar' for (name,) in rows)]) + ")"


def _count(warehouse: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(warehouse.execute(query).fetchall()[0][0])
