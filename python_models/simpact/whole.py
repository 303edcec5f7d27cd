"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write a file or a folder to: it takes the name at the end, and is gone after an error.

    What a killed process left there goes at the next time. A file is replaced; a folder must not be there yet.
    """
    beside = path.with_name(f"{path.name}.next")
    _remove(beside)
    try:
        yield beside
        beside.replace(path)
    except BaseException:
        _remove(beside)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
