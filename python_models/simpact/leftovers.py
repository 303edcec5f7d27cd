"""What a process that was killed leaves in the folder of the warehouse: copies of rows that no erasure would find."""

from __future__ import annotations

import shutil
from pathlib import Path

from simpact.home import PRIVATE_FILE, spill_folder
from simpact.release import RELEASE_FILE
from simpact.release.index import FOLDER
from simpact.whole import clear


def clear_leftovers(home: Path) -> None:
    """Delete unfinished databases and indexes, and what DuckDB has spilled. Only for who holds the private database.

    DuckDB clears its own files away as well, but not before it spills again.
    """
    shutil.rmtree(spill_folder(home), ignore_errors=True)
    for path in (home / PRIVATE_FILE, home / RELEASE_FILE):
        clear(path)
    for index in (home / FOLDER).rglob("*.next"):
        index.unlink()
