"""A folder that is written beside the one it replaces, and swapped in whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simpact.errors import UserError
from simpact.exports.manifest import CHECKSUMS, MANIFEST, WRITTEN_BY, read_manifest

WORK = ".work"  # inside the folder while it is written: the engine's own files


@contextmanager
def replaced_folder(out: Path) -> Iterator[Path]:
    """Give an empty folder to write; when nothing was raised it becomes `out`, and the export that `out` was before goes.

    A kill leaves `out` as it was, and beside it what the next call clears away. Raises UserError when `out` is anything else
    than a new folder, an empty one, or an export with nothing added to it.
    """
    out = out.absolute()
    writing, before = _beside(out)
    check_ours(out)
    clear_after_kill(out)
    writing.mkdir(parents=True)
    try:
        yield writing
        shutil.rmtree(writing / WORK, ignore_errors=True)
        if out.exists():
            out.rename(before)
        writing.rename(out)
        shutil.rmtree(before, ignore_errors=True)
    finally:
        shutil.rmtree(writing, ignore_errors=True)


def clear_after_kill(out: Path) -> None:
    """Put back what a kill took away between the two renames, and delete what it left beside `out`."""
    writing, before = _beside(out)
    if before.exists() and not out.exists():
        before.rename(out)
    for leftover in (writing, before):
        if leftover.exists():
            shutil.rmtree(leftover)


def _beside(out: Path) -> tuple[Path, Path]:
    """Where the new folder is written, and where the old one waits until the new one has its name."""
    return out.with_name(f".{out.name}.writing"), out.with_name(f".{out.name}.before")


def check_ours(out: Path) -> None:
    """Raise UserError when a folder is anything else than a new one, an empty one, or an export with nothing added to it."""
    if out.exists() and not out.is_dir():
        raise UserError(f"'{out}' is a file: choose another --out.")
    if not out.exists() or not any(out.iterdir()):
        return
    if read_manifest(out).get("written_by") != WRITTEN_BY or not (out / CHECKSUMS).is_file():
        raise UserError(
            f"'{out}' holds something else than an export ({MANIFEST} does not say it is one): choose another --out."
        )
    listed = {line[66:] for line in (out / CHECKSUMS).read_text(encoding="utf-8").splitlines()} | {CHECKSUMS}
    added = sorted(
        name for path in out.rglob("*") if path.is_file() and (name := path.relative_to(out).as_posix()) not in listed
    )
    if added:
        raise UserError(f"'{out / added[0]}' is not from an export and would be lost: move it, or choose another --out.")
