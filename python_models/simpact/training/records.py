"""What lies beside the weights of trained adapters, as one table."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simpact.training.folders import AUDIT, CURVE

CURVES = pa.schema(
    [
        ("adapter", pa.string()),
        ("step", pa.int64()),
        ("epoch", pa.int64()),
        ("loss", pa.float64()),
        ("learning_rate", pa.float64()),
        ("n_tokens", pa.int64()),
        ("seconds", pa.float64()),
    ]
)
AUDITS = pa.schema(
    [
        ("adapter", pa.string()),
        ("epoch", pa.int32()),
        ("role", pa.string()),
        ("turn", pa.int32()),
        ("nats", pa.float64()),
        ("n_tokens", pa.int32()),
    ]
)


def loss_curves(home: Path, trained: pa.Table) -> pa.Table:
    """Rows of CURVES: one per step of every adapter; `trained` has (adapter, folder below `home`)."""
    return _records(home, trained, CURVE, CURVES)


def audited_losses(home: Path, trained: pa.Table) -> pa.Table:
    """Rows of AUDITS: one per audited example and epoch of every adapter, epoch 0 being the base model's."""
    return _records(home, trained, AUDIT, AUDITS)


def _records(home: Path, trained: pa.Table, name: str, schema: pa.Schema) -> pa.Table:
    tables = [schema.empty_table()]
    for adapter, folder in zip(trained["adapter"].to_pylist(), trained["folder"].to_pylist(), strict=True):
        table = pq.read_table(home / folder / name)
        tables.append(table.add_column(0, "adapter", pa.array([adapter] * len(table), pa.string())).cast(schema))
    return pa.concat_tables(tables)
