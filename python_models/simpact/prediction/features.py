"""From a table of features to the matrix that trees split."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MOST_CATEGORIES = 255  # that trees tell apart; of more, neighbours in the alphabet are one


class Features(NamedTuple):
    """One row per thread. What is unknown is NaN; a categorical column holds codes from 0."""

    values: NDArray[np.float32]  # (threads, features)
    names: list[str]
    categorical: list[bool]

    def at(self, chosen: NDArray[np.bool_]) -> Features:
        """Those of some threads."""
        return self._replace(values=self.values[chosen])

    def varying(self) -> NDArray[np.bool_]:
        """Which columns have two values and more, or one that is not always known: others split nothing."""
        least = np.fmin.reduce(self.values, axis=0, initial=np.inf)
        most = np.fmax.reduce(self.values, axis=0, initial=-np.inf)
        return np.asarray((least < most) | ((least == most) & np.isnan(self.values).any(axis=0)))


def features_of(table: pa.Table) -> Features:
    """Every column as numbers: a struct field by field, a text by its place among the texts of its column, in their order.

    Raises TypeError for a column that is no number, truth, text or struct of those.
    """
    columns = _leaves(table)
    values = np.empty((len(table), len(columns)), dtype=np.float32)
    for place, (name, column) in enumerate(columns):
        values[:, place] = _numbers(name, column)
    categorical = [_is_categorical(column) for _, column in columns]
    return Features(values, [name for name, _ in columns], categorical)


def _is_categorical(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) and pc.count_distinct(column).as_py() <= MOST_CATEGORIES)


def _leaves(table: pa.Table) -> list[tuple[str, pa.Array]]:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return [(name, table[name].combine_chunks()) for name in table.column_names]


def _numbers(name: str, column: pa.Array) -> NDArray[np.float32]:
    if pa.types.is_string(column.type):
        column = pc.index_in(column, pc.unique(column).drop_null().sort())
    elif not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_boolean(column.type)):
        raise TypeError(f"{name} is no feature: {column.type} has no order that trees could split.")
    return np.asarray(column.cast(pa.float32()).to_numpy(zero_copy_only=False), dtype=np.float32)
