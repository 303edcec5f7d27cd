"""Whom an adapter learnt from, as a file of keyed names: an erasure finds the adapter when the warehouse is gone.

And the mark of an adapter that saw somebody who was erased since.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from simpact.keys import Key
from simpact.release.index import FOLDER as INDEXES
from simpact.training.folders import FOLDER, STALE
from simpact.whole import whole

WORDS = "Somebody whose words this adapter learnt was erased. Do not hand it on. The next build trains another in its place.\n"


def write_seen(seen: duckdb.DuckDBPyRelation, home: Path, key_name: str) -> None:
    """Keep who was seen, (folder, person_key) by adapter, for their owner alone. Files of earlier adapters stay."""
    folder = home / INDEXES / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    for (adapter,) in seen.project("folder").distinct().order("folder").fetchall():
        people = seen.filter(f"folder = '{adapter}'").project("person_key").order("person_key")
        with whole(folder / f"{Path(adapter).name}-{key_name}.parquet") as beside:
            people.write_parquet(str(beside), compression="zstd")


def adapters_that_saw(home: Path, key: Key, did: str) -> list[Path]:
    """Folders of the adapters whose file, made with this key, has the person."""
    person = key(f"person {did}")
    found = []
    with duckdb.connect() as connection:
        for path in sorted((home / INDEXES / FOLDER).glob(f"*-{key.name}.parquet")):
            query = "select count(*) from read_parquet(?) where person_key = ?"
            if connection.execute(query, [str(path), person]).fetchall()[0][0]:
                found.append(home / FOLDER / path.stem.rpartition("-")[0])
    return [folder for folder in found if folder.exists()]


def mark_stale(folder: Path) -> None:
    """Say in an adapter's folder that it must not be handed on."""
    (folder / STALE).write_text(WORDS)


def is_stale(folder: Path) -> bool:
    """Did the adapter see somebody who was erased since?"""
    return (folder / STALE).exists()
