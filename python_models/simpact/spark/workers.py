"""DuckDB in Spark's workers: the letters, patterns and JSON of a text, which two engines read differently, are read by one."""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

# Functions of the vocabulary to what Spark takes from them. What of DuckDB they are over a `text`, and over a literal `given`.
FUNCTIONS = {
    "small_letters": ("string", "small_letters(text)"),
    "text_skeleton": ("string", "text_skeleton(text)"),
    "without_links": ("string", "without_links(text)"),
    "words_of": ("string", "words_of(text)"),
    "cased_words_of": ("string", "cased_words_of(text)"),
    "whole_number": ("bigint", "whole_number(text)"),
    "json_texts": ("array<string>", "json_extract_string(text, {given})"),
    "json_objects": ("array<string>", "json_objects(text, {given})"),
}


def register(session: Any, vocabulary: str) -> None:
    """Give a session of Spark the functions, as DuckDB's vocabulary defines them."""
    from pyspark.sql.functions import arrow_udf

    for name, (type_, expression) in FUNCTIONS.items():
        session.udf.register(name, arrow_udf(_reader(vocabulary, expression), type_))


def _reader(vocabulary: str, expression: str) -> Any:
    def read(text, given=None):  # type: ignore[no-untyped-def] # Spark would take annotations for another kind of function
        literal = given[0].as_py() if given is not None and len(given) else "'$[*]'"
        rows = connection(vocabulary).from_arrow(pa.table({"text": text}))
        return rows.project(expression.format(given=literal)).to_arrow_table()[0].combine_chunks()

    return read


@cache
def connection(vocabulary: str) -> duckdb.DuckDBPyConnection:
    """The DuckDB of a worker, which keeps the order of rows and takes no second core."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(vocabulary)
    return connection
