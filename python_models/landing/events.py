"""Grain: one row per line of the archive: an event with its record, or a line that is none, with the reason."""

from simpact.archive import read_lines
from simpact.landing import parse_lines


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append", full_refresh=False)
    files = dbt.ref("files").filter("is_selected")
    if dbt.is_incremental:
        landed = session.query(f"select distinct file_number as number from {dbt.this}")
        files = files.join(landed, "number", "anti")
    pending = files.order("number").project("number, path, size_bytes").fetchall()
    return parse_lines(session, read_lines(pending))
