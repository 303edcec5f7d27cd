"""Mark the adapters that learnt from a person, and clear away what training left lying."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import duckdb

from simpact.exports.folder import check_ours
from simpact.keys import read_key
from simpact.relations import rows_if_built
from simpact.training.folders import FOLDER, RUN
from simpact.training.seen import adapters_that_saw, mark_stale

EXPORTED = "exported_adapters"


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


def clear_unfinished(home: Path) -> None:
    """Delete what a killed training left: its examples, and weights of which nobody can say whom they learnt from."""
    for pattern in (".queue/*", "*.checkpoint", "*.next"):
        for path in (home / FOLDER).glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def withdraw(home: Path, stale: list[str]) -> bool:
    """Delete the adapters exported to `home` when one of them is stale. Raises UserError when anything else lies there."""
    trained = [json.loads(path.read_text())["training_sha256"][:12] for path in (home / EXPORTED).glob(f"*/{RUN}")]
    if not {name.rpartition("-")[2] for name in stale} & set(trained):
        return False
    check_ours(home / EXPORTED)
    shutil.rmtree(home / EXPORTED)
    return True
