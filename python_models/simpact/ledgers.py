"""The ledgers that `simpact collect` keeps beside an archive, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pyarrow as pa
from fsspec.core import url_to_fs

from simpact.errors import UserError

LEDGER = ".collect/ledger.ndjson"
LINES = pa.schema([("ledger", pa.string()), ("line_number", pa.int64()), ("line", pa.string())])


def read_ledgers(archive_files: Iterable[str]) -> pa.Table:
    """Every line of every ledger that belongs to one of the files: it lies in the folder of a file, or in the one above.

    A last line without an end is being written, and waits for the next build. Raises UserError for a line that is no entry: to
    pass over it would make the time that nobody saw look smaller.
    """
    folders = {path.rpartition("/")[0] for path in archive_files}
    folders |= {folder.rpartition("/")[0] for folder in folders}
    lines = [line for folder in sorted(folders) for line in _lines(f"{folder}/{LEDGER}")]
    return pa.Table.from_pylist([dict(zip(LINES.names, line, strict=True)) for line in lines], schema=LINES)


def _lines(path: str) -> Iterator[tuple[str, int, str]]:
    filesystem, inner = url_to_fs(path)
    if not filesystem.isfile(inner):
        return
    with filesystem.open(inner, "rb") as stream:
        content = bytes(stream.read())
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            text = line.decode()
            is_entry = isinstance(json.loads(text), dict)
        except ValueError:
            is_entry = False
        if not is_entry:
            raise UserError(f"'{path}' is damaged: its line {number} is no entry of a ledger. Mend it or take the line out.")
        yield path, number, text
