"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write a file or a folder to: it takes the name at the end, and is gone after an error.

    What a killed process left there goes at the next time. A file is replaced; a folder must not be there yet. A database must
    be checkpointed before it is closed: what closing cannot write, on a full disk, it leaves out without a word. What others
    have written to the old one and not checkpointed goes with it: DuckDB opens no database beside the log of another.
    """
    clear(path)
    try:
        yield _beside(path)
        _log(path).unlink(missing_ok=True)
        _beside(path).replace(path)
    except BaseException:
        clear(path)
        raise


def clear(path: Path) -> None:
    """Delete what was written beside `path` and never took its name, with what DuckDB has beside a database in use."""
    beside = _beside(path)
    if beside.is_dir():
        shutil.rmtree(beside)
    for file in (beside, _log(beside)):
        file.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _log(path: Path) -> Path:
    """Where DuckDB writes ahead what it has not put into a database yet."""
    return path.with_name(f"{path.name}.wal")
