"""The files of an archive, and their lines as Arrow record batches.

An archive is what the globs of `SIMPACT_ARCHIVE` name: files of JSON lines, plain, gzip or zstd, on disk or on object storage.
Nothing here looks into a line: it is cut out, numbered, and given to DuckDB with a reason where it is no text to parse.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import glob_translate
from tqdm import tqdm

from simpact.compression import EndsEarly, read_blocks
from simpact.errors import UserError

BLOCK_BYTES = 4 << 20  # a batch of lines; larger ones gain nothing and cost memory
LONGEST_LINE = 1 << 20  # a Jetstream event is a few kilobytes; records are limited to 1 MiB by the protocol
LONGEST_KEPT_LINE = 64 << 20  # of a line beyond it only the beginning is kept, so that memory stays bounded
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

FILES = pa.schema(
    [
        ("number", pa.int32()),
        ("path", pa.string()),
        ("size_bytes", pa.int64()),
        ("fingerprint", pa.string()),
        ("content_sha256", pa.string()),
        ("is_selected", pa.bool_()),
    ]
)

LINES = pa.schema(
    [
        ("file_number", pa.int32()),
        ("file", pa.dictionary(pa.int32(), pa.string())),
        ("line_number", pa.int64()),
        ("line", pa.string()),
        ("reject_reason", pa.string()),
    ]
)


@dataclass(frozen=True)
class ArchiveFile:
    """One file as of now. `number` is new whenever the content is; `fingerprint` changes whenever the content may have."""

    number: int
    path: str
    size_bytes: int
    fingerprint: str
    content_sha256: str
    is_selected: bool


def split_globs(setting: str) -> list[str]:
    """The globs of a comma-separated setting. Raises UserError when it holds none."""
    globs = [glob.strip() for glob in setting.split(",") if glob.strip()]
    if not globs:
        raise UserError("SIMPACT_ARCHIVE is empty: set it to the glob of an archive, such as 'archive/**/*.ndjson.zst'.")
    return globs


def list_files(setting: str, known: Iterable[ArchiveFile]) -> list[ArchiveFile]:
    """Every file ever seen, as of now: those the globs name, and the known ones they name no longer (`is_selected` false).

    A file is read for its hash only when its fingerprint is new, and keeps its number as long as its content stays the same.
    A known file that a glob still names stays selected after it is gone from the disk: what has landed is not lost.
    Raises UserError when a glob names no file or a file cannot be read.
    """
    globs = [_Glob.resolve(glob) for glob in split_globs(setting)]
    before = {file.path: file for file in known}
    now: dict[str, ArchiveFile] = {}
    next_number = 1 + max((file.number for file in before.values()), default=0)
    for glob in globs:
        found = glob.files()
        if not found and not any(glob.names(path) for path in before):
            raise UserError(f"SIMPACT_ARCHIVE names no file: nothing matches '{glob.text}'.")
        for path in found:
            if path not in now:
                now[path] = _examine(path, glob.filesystem, before.get(path), next_number)
                next_number = max(next_number, now[path].number + 1)
    gone = (
        replace(file, is_selected=any(glob.names(path) for glob in globs)) for path, file in before.items() if path not in now
    )
    return sorted([*now.values(), *gone], key=lambda file: file.number)


@dataclass(frozen=True)
class _Glob:
    text: str
    filesystem: AbstractFileSystem
    path: str

    @classmethod
    def resolve(cls, text: str) -> _Glob:
        filesystem, path = url_to_fs(text)
        return cls(text, filesystem, f"{path.rstrip('/')}/**" if filesystem.isdir(path) else path)

    def files(self) -> list[str]:
        """The files it names, sorted; none below a hidden folder or hidden itself, unless the glob spells that out."""
        fixed = len(re.split(r"[*?\[]", self.path)[0])
        return sorted(
            self._name(path)
            for path, info in self.filesystem.glob(self.path, detail=True).items()
            if info["type"] == "file" and not any(part.startswith(".") for part in path[fixed:].split("/"))
        )

    def names(self, name: str) -> bool:
        return re.match(glob_translate(self._name(self.path)), name) is not None

    def _name(self, path: str) -> str:
        """A file goes by its path on this machine, by its URL elsewhere."""
        return path if isinstance(self.filesystem, LocalFileSystem) else str(self.filesystem.unstrip_protocol(path))


def _examine(path: str, filesystem: AbstractFileSystem, before: ArchiveFile | None, next_number: int) -> ArchiveFile:
    try:
        path.encode()
        fingerprint = filesystem.ukey(path)
        if before and before.fingerprint == fingerprint:
            return replace(before, is_selected=True)
        with filesystem.open(path, "rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except UnicodeEncodeError as error:
        raise UserError(f"SIMPACT_ARCHIVE names a file whose name is not UTF-8: {path!r}.") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    number = before.number if before and before.content_sha256 == digest else next_number
    return ArchiveFile(number, path, size, fingerprint, digest, is_selected=True)


def _unreadable(path: str, error: OSError) -> UserError:
    return UserError(f"SIMPACT_ARCHIVE names a file that cannot be read: '{path}' ({error.strerror or error}).")


def read_lines(files: Iterable[tuple[int, str, int]]) -> pa.RecordBatchReader:
    """The lines of `files`, given as (number, path, size in bytes), numbered from 1 within each, as a stream of `LINES` batches.

    A line may keep its `\\n`. `reject_reason` is `too_long`, `not_utf8` (the line is kept with its bad bytes as `\\xff` escapes),
    `file_ends_early` for what a damaged compressed file still gave after its last whole line, or null. A byte order mark is dropped.
    Memory is bounded by a few blocks and the longest line. Raises UserError when a file cannot be read.
    """
    return pa.RecordBatchReader.from_batches(LINES, _batches(list(files)))


def _batches(files: list[tuple[int, str, int]]) -> Iterator[pa.RecordBatch]:
    with tqdm(total=sum(size for _, _, size in files), unit="B", unit_scale=True, desc="landing", delay=2, disable=None) as bar:
        for number, path, size in files:
            try:
                yield from _file_batches(number, path)
            except OSError as error:
                raise _unreadable(path, error) from error
            bar.update(size)


def _file_batches(number: int, path: str) -> Iterator[pa.RecordBatch]:
    next_line, rest, reason = 1, b"", None
    filesystem, inner = url_to_fs(path)
    with filesystem.open(inner, "rb") as stream:
        blocks = read_blocks(stream, path, BLOCK_BYTES)
        try:
            for index, block in enumerate(blocks):
                if index == 0:
                    block = block.removeprefix(BYTE_ORDER_MARK)
                if len(rest) >= LONGEST_KEPT_LINE:
                    block = block[max(0, block.find(b"\n")) :] if b"\n" in block else b""
                block = rest + block
                end = block.rfind(b"\n") + 1
                rest = block[end:][:LONGEST_KEPT_LINE]
                if end:
                    batch = _split(number, path, block[:end], next_line)
                    next_line += batch.num_rows
                    yield batch
        except EndsEarly:
            reason = "file_ends_early"
    if rest or reason:
        yield _split(number, path, rest + b"\n", next_line, reason)


def _split(number: int, path: str, block: bytes, next_line: int, reason: str | None = None) -> pa.RecordBatch:
    """Cut a block that ends with a line end into a batch, without a copy of the text."""
    line_ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
    offsets = np.concatenate(([0], line_ends)).astype(np.int32)
    count = len(line_ends)
    lines = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(block))
    reasons = pa.nulls(count, pa.string())
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        lines, is_text = _as_text(block)
        reasons = pc.if_else(is_text, reasons, "not_utf8")
    reasons = pc.if_else(pa.array(np.diff(offsets) > LONGEST_LINE + 1), "too_long", reasons)
    return pa.record_batch(
        [
            pa.repeat(pa.scalar(number, pa.int32()), count),
            pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), [path]),
            pa.array(np.arange(next_line, next_line + count)),
            lines,
            pa.repeat(reason, count) if reason else reasons,
        ],
        schema=LINES,
    )


def _as_text(block: bytes) -> tuple[pa.StringArray, pa.BooleanArray]:
    lines = block.removesuffix(b"\n").split(b"\n")
    return pa.array([line.decode("utf-8", "backslashreplace") for line in lines]), pa.array([_is_utf8(line) for line in lines])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
