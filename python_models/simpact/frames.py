"""Functions of batches over the rows of a node, in this process or wherever Spark keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, Protocol

import pyarrow as pa


class Mapper(Protocol):
    """What embeds or redacts: costly to open, then fed with batches."""

    @property
    def batch_rows(self) -> int: ...

    def stream(self, batches: Iterable[pa.RecordBatch], total: int) -> Iterator[pa.RecordBatch]: ...


def map_batches(relation: Any, schema: pa.Schema, opened: Callable[[], Mapper]) -> Any:
    """The batches of `schema` that a mapper makes of a relation's, as something that the relation's engine writes.

    Of DuckDB in one stream, of Spark in each of its workers. It is opened where it runs, and only if there are rows.
    """
    if hasattr(relation, "mapInArrow"):
        from pyspark.sql.pandas.types import from_arrow_schema

        return relation.mapInArrow(partial(_in_worker, opened), from_arrow_schema(schema))
    total = relation.count("*").fetchall()[0][0]
    if not total:
        return schema.empty_table()
    mapper = opened()
    return pa.RecordBatchReader.from_batches(schema, mapper.stream(relation.to_arrow_reader(mapper.batch_rows), total))


def _in_worker(opened: Callable[[], Mapper], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for first in batches:
        yield from opened().stream(chain([first], batches), 0)
