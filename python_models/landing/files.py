"""Grain: one row per file ever seen in the archive. A file whose content is new has a new number."""

import pyarrow as pa

from simpact.archive import FILES, ArchiveFile, list_files
from simpact.home import archive
from simpact.relations import rows_if_built


def model(dbt, session):
    dbt.config(materialized="table")
    known = [ArchiveFile(*row) for row in rows_if_built(session, f"from {dbt.this}")]
    landed = {number for (number,) in rows_if_built(session, f"select distinct file_number from {dbt.this.schema}.events")}
    # Not in the configuration: dbt would parse every model below anew (2.5 s) whenever another archive is named.
    files = list_files(archive(), known, landed)
    return pa.Table.from_pylist([vars(file) for file in files], schema=FILES)
