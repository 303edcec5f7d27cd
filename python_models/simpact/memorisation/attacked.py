"""Which weights an attack was made on: a folder has its name of all that decides them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def with_folders(table: pa.Table, trained: pa.Table) -> pa.Table:
    """Rows about adapters, in their order, with the folder that each has in `trained` (adapter, folder)."""
    places = pc.index_in(table["adapter"], trained["adapter"].combine_chunks())
    return table.append_column(pa.field("folder", pa.string()), trained["folder"].take(places))


def attacked(trained: pa.Table, *looked_at: pa.Table) -> pa.Table:
    """Those of `trained` (adapter, folder) that all tables have rows of; what was found of other weights is not of these."""
    for table in looked_at:
        trained = trained.join(table.select(["adapter", "folder"]), ["adapter", "folder"], join_type="left semi")
    return trained.sort_by("adapter")
