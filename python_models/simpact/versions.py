"""The version of the private database: what another version of simpact has made is read, made anew, or refused."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from simpact.errors import UserError
from simpact.relations import tables

# RAW is of what no build can make again: raise it when raw.files, raw.events or private.releases change their columns or what
# these mean. MADE is of all the rest: raise it when a table that builds add to does so unseen by the fold, as
# private.text_embeddings or private.redacted_texts.
RAW, MADE = 1, 1
KEPT = ("raw.files", "raw.events", "raw.schema_version", "private.releases")

_READ = "select raw_version, made_version from raw.schema_version"
_WRITE = """
create schema if not exists raw;
create or replace table raw.schema_version as select {raw}::integer as raw_version, {made}::integer as made_version;
comment on table raw.schema_version is 'One row: the version of this database, which every build looks at first.';
"""


def check_versions(warehouse: duckdb.DuckDBPyConnection, say: Callable[[str], None], raw: int = RAW, made: int = MADE) -> None:
    """Make a database fit for versions `raw` and `made`, or raise UserError and change nothing.

    One from before there were versions counts as of the first. Where `made` is another, everything is dropped but KEPT, and
    `say` hears so; dropping and noting the new version is one transaction.
    """
    there = tables(warehouse)
    found_raw, found_made = raw, made
    if "raw.schema_version" in there:
        ((found_raw, found_made),) = warehouse.execute(_READ).fetchall()
    elif "raw.events" in there:
        found_raw, found_made = 1, 1
    if found_raw != raw:
        raise UserError(
            f"The database of SIMPACT_HOME was made by {'a newer' if found_raw > raw else 'an older'} simpact: what has landed "
            f"is of version {found_raw}, and this simpact reads version {raw}. Nothing was changed. Use the simpact that made "
            "it, or build from the archive in a new SIMPACT_HOME; copy simpact_erased.ndjson there first, if there is one, so "
            "that who was erased stays erased."
        )
    if "raw.schema_version" in there and found_made == made:
        return
    warehouse.execute("begin")
    if found_made != made:
        say(
            f"The database is of version {found_made} and this simpact of {made}: what has landed stays, everything else is "
            "made anew. That takes a whole dbt build."
        )
        for statement in (sql for (sql,) in warehouse.execute(_DROP, [list(KEPT)]).fetchall()):
            warehouse.execute(statement)
    warehouse.execute(_WRITE.format(raw=raw, made=made))
    warehouse.execute("commit")


_DROP = """
select format('drop {} "{}"."{}"', kind, schema_name, name)
from (
    select 1 as turn, 'view' as kind, schema_name, view_name as name
    from duckdb_views() where database_name = current_database() and not internal
    union all
    select 2, 'table', schema_name, table_name from duckdb_tables() where database_name = current_database()
)
where schema_name || '.' || name not in (select unnest(?))
order by turn, schema_name, name
"""
