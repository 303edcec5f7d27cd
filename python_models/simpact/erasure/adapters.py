"""Mark the adapters that learnt from a person."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from simpact.keys import read_key
from simpact.relations import rows_if_built
from simpact.training.seen import adapters_that_saw, mark_stale


def mark_adapters(home: Path, private: Path, did: str) -> list[str]:
    """Names of the folders that are stale from now on: those that the private database or the key knows to have seen them."""
    has_key = bool(os.environ.get("SIMPACT_KEY"))
    folders = set(adapters_that_saw(home, read_key(os.environ, is_required=True), did)) if has_key else set()
    if private.exists():
        with duckdb.connect(str(private)) as warehouse:
            seen = "select distinct folder from private.int_experiment__seen where author_did = ?"
            rows = rows_if_built(warehouse, seen, [did])
            folders |= {home / folder for (folder,) in rows if (home / folder).exists()}
            if rows_if_built(warehouse, "select 1 from experiment.adapters limit 1"):
                names = [str(folder.relative_to(home)) for folder in folders]
                warehouse.execute("update experiment.adapters set status = 'stale' where folder in (select unnest(?))", [names])
    for folder in folders:
        mark_stale(folder)
    return sorted(folder.name for folder in folders)
