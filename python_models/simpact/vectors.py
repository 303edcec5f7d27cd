"""Vectors of users, from Arrow to NumPy and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

VECTORS = pa.schema([("user_number", pa.int64()), ("part", pa.string()), ("vector", pa.list_(pa.float32()))])
PARTS = ("whole", "first_half", "second_half")


def matrix(vectors: pa.ChunkedArray | pa.Array) -> NDArray[np.float32]:
    """Lists of one length as an array (n, dimensions)."""
    flat = vectors.combine_chunks() if isinstance(vectors, pa.ChunkedArray) else vectors
    return np.asarray(flat.flatten().to_numpy(zero_copy_only=False), dtype=np.float32).reshape(len(flat), -1)


def mean_vectors(signals: Iterable[pa.RecordBatch], n_users: int) -> dict[str, NDArray[np.float32]]:
    """The weighted mean of each user's vectors as a unit vector, by part: of all, and of those of either half.

    Batches are (user_number in 0..n_users-1, half 0 or 1, weight, vector). Arrays are (n_users, dimensions), zero where a user
    has nothing in a part. Memory is two such arrays and a batch.
    """
    sums: NDArray[np.float64] | None = None
    for batch in signals:
        if not batch.num_rows:
            continue
        vectors = matrix(batch["vector"]) * batch["weight"].to_numpy()[:, None].astype(np.float32)
        if sums is None:
            sums = np.zeros((2 * n_users, vectors.shape[1]))
        rows = batch["half"].to_numpy() * n_users + batch["user_number"].to_numpy()
        order = np.argsort(rows, kind="stable")
        found, starts = np.unique(rows[order], return_index=True)
        sums[found] += np.add.reduceat(vectors[order].astype(np.float64), starts, axis=0)
    if sums is None:
        sums = np.zeros((2 * n_users, 0))
    halves = sums[:n_users], sums[n_users:]
    return {part: _unit(found) for part, found in zip(PARTS, (halves[0] + halves[1], *halves), strict=True)}


def _unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms != 0).astype(np.float32))


def to_table(parts: dict[str, NDArray[np.float32]]) -> pa.Table:
    """Rows of VECTORS, one per user and part, without those that are zero."""
    tables = []
    for part, vectors in parts.items():
        known = np.flatnonzero(vectors.any(axis=1))
        starts = np.arange(len(known) + 1, dtype=np.int32) * vectors.shape[1]
        columns = [
            pa.array(known),
            pa.repeat(part, len(known)),
            pa.ListArray.from_arrays(pa.array(starts), pa.array(vectors[known].ravel())),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=VECTORS))
    return pa.concat_tables(tables)


def part_vectors(vectors: pa.Table, part: str) -> NDArray[np.float32]:
    """The vectors of one of PARTS, (n_users, dimensions), by user number, from rows of VECTORS; zero for a user without one."""
    n_users = (pc.max(vectors["user_number"]).as_py() or 0) + 1 if len(vectors) else 0
    rows = vectors.filter(pc.equal(vectors["part"], part))
    if not len(rows):
        return np.zeros((n_users, 0), dtype=np.float32)
    known = matrix(rows["vector"])
    found = np.zeros((n_users, known.shape[1]), dtype=np.float32)
    found[rows["user_number"].to_numpy()] = known
    return found
