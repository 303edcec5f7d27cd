"""Turn the lines of an archive into the rows of `raw.events`."""

from __future__ import annotations

from importlib import resources

import duckdb
import pyarrow as pa


def parse_lines(connection: duckdb.DuckDBPyConnection, lines: pa.RecordBatchReader) -> duckdb.DuckDBPyRelation:
    """The events of a stream of `simpact.archive.LINES` batches, one row per line, as a relation that is computed when it is read.

    The relation can be read once: it drains the stream.
    """
    sql = resources.files(__package__).joinpath("parse_lines.sql").read_text(encoding="utf-8")
    *functions, query = connection.extract_statements(sql)
    connection.register("lines", lines)
    for function in functions:
        connection.execute(function)
    return connection.query(query.query)
