"""Grain: one row per file ever seen in the archive. A file whose content is new has a new number."""

import pyarrow as pa
from simpact.archive import FILES, ArchiveFile, list_files


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="delete+insert", unique_key="path", full_refresh=False)
    known = session.query(f"from {dbt.this}").fetchall() if dbt.is_incremental else []
    files = list_files(dbt.config.meta_get("archive"), [ArchiveFile(*row) for row in known])
    return pa.Table.from_pylist([vars(file) for file in files], schema=FILES)
