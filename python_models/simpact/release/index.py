"""The keyed index of every release, as a file of its own: it finds a person's threads when the warehouse is gone."""

from __future__ import annotations

from pathlib import Path

import duckdb

from simpact.keys import Key
from simpact.whole import whole

FOLDER = "simpact_index"


def write_index(index: duckdb.DuckDBPyRelation, home: Path, release_id: str, key_name: str) -> None:
    """Keep (person_key, thread_id, is_actor) of one release, ordered by person, as Parquet for its owner alone."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with whole(folder / f"{release_id}-{key_name}.parquet") as beside:
        index.order("person_key, thread_id").write_parquet(str(beside), compression="zstd")


def indexes(home: Path, key: Key | None = None) -> dict[str, Path]:
    """Release id to index: of all releases, or of those whose index a key made."""
    pattern = f"*-{key.name if key else '*'}.parquet"
    return {path.stem.partition("-")[0]: path for path in sorted((home / FOLDER).glob(pattern))}
