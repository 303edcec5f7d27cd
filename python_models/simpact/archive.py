"""The files of an archive, and their lines as Arrow record batches.

An archive is what the globs of `SIMPACT_ARCHIVE` name: files of JSON lines, plain, gzip or zstd, on disk or on object storage.
Nothing here looks into a line: it is cut out, numbered, and given to DuckDB with a reason where it is no text to parse.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from glob import escape, has_magic
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import glob_translate
from numpy.typing import NDArray

from simpact.compression import EndsEarly, read_blocks
from simpact.errors import UserError
from simpact.progress import progress

Bytes: TypeAlias = NDArray[np.uint8]
Offsets: TypeAlias = NDArray[np.int32]

BLOCK_BYTES = 4 << 20  # a batch of lines; larger ones gain nothing and cost memory
LONGEST_LINE = 1 << 20  # a Jetstream event is a few kilobytes; records are limited to 1 MiB by the protocol
LONGEST_KEPT_LINE = 64 << 20  # of a line beyond it only the beginning is kept, so that memory stays bounded
DEEPEST_NESTING = 128  # an honest record has about ten levels; readers in other languages overflow at a thousand
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

FILES = pa.schema(
    [
        ("number", pa.int32()),
        ("path", pa.string()),
        ("size_bytes", pa.int64()),
        ("fingerprint", pa.string()),
        ("content_sha256", pa.string()),
        ("is_selected", pa.bool_()),
        ("is_new", pa.bool_()),
        ("shrunk_from_bytes", pa.int64()),
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
    """One file as of now.

    `number` is new whenever the content is, `fingerprint` whenever the content may be; `is_selected` says that the globs name
    the file, `is_new` that its lines have not landed yet, `shrunk_from_bytes` how large it was when it has become smaller
    since the last build: what it held and holds no more is gone from the warehouse.
    """

    number: int
    path: str
    size_bytes: int
    fingerprint: str
    content_sha256: str
    is_selected: bool
    is_new: bool
    shrunk_from_bytes: int | None = None


def split_globs(setting: str) -> list[str]:
    """The globs of a comma-separated setting. Raises UserError when it holds none."""
    globs = [glob.strip() for glob in setting.split(",") if glob.strip()]
    if not globs:
        raise UserError("SIMPACT_ARCHIVE is empty: set it to the glob of an archive, such as 'archive/**/*.ndjson.zst'.")
    return globs


def list_files(setting: str, known: Iterable[ArchiveFile], landed: Collection[int] = ()) -> list[ArchiveFile]:
    """Every file ever seen, as of now: those the globs name, and the known ones they name no longer (`is_selected` false).

    A file is read for its hash only when its fingerprint is new, and keeps its number as long as its content stays the same.
    `landed` are the numbers whose lines have landed. A known file that a glob still names stays selected after it is gone from
    the disk: what has landed is not lost. One that went before it landed was never there, and is new should it come back: its
    old number may be one that a fold calls done. Raises UserError when a glob names no file or a file cannot be read.
    """
    globs = [_Glob.resolve(glob) for glob in split_globs(setting)]
    before = {file.path: file for file in known}
    kept = {path: file for path, file in before.items() if file.number in landed}
    now: dict[str, ArchiveFile] = {}
    next_number = 1 + max((*landed, *(file.number for file in before.values())), default=0)
    for glob in globs:
        found = glob.files()
        if not found and not any(glob.names(path) for path in kept):
            raise UserError(f"SIMPACT_ARCHIVE names no file: nothing matches '{glob.text}'.")
        for path in found:
            if path not in now:
                now[path] = _examine(path, glob.filesystem, before.get(path), next_number)
                next_number = max(next_number, now[path].number + 1)
    gone = (
        replace(file, is_selected=any(glob.names(path) for glob in globs)) for path, file in kept.items() if path not in now
    )
    files = sorted([*now.values(), *gone], key=lambda file: file.number)
    return [replace(file, is_new=file.path in now and file.number not in landed) for file in files]


@dataclass(frozen=True)
class _Glob:
    """A place as the setting has it: `pattern` finds its files, all below `literal`, whose name may look like a pattern."""

    text: str
    filesystem: AbstractFileSystem
    path: str
    pattern: str
    literal: str

    @classmethod
    def resolve(cls, text: str) -> _Glob:
        try:
            filesystem, path = url_to_fs(text)
        except (ImportError, ValueError) as error:
            raise UserError(f"SIMPACT_ARCHIVE names a place that cannot be read: '{text}' ({error}).") from None
        parts, n_names = [*path.rstrip("/").split("/"), *(["**"] if filesystem.isdir(path) else [])], 0
        while n_names < len(parts) - 1 and (
            not has_magic(parts[n_names]) or filesystem.isdir("/".join(parts[: n_names + 1]))
        ):  # a folder that is there is meant by its name
            n_names += 1
        rest = "/".join(parts[n_names:])
        spelled_out = re.split(r"[*?\[]", rest)[0]
        literal, rest = "".join(f"{name}/" for name in parts[:n_names]) + spelled_out, rest.removeprefix(spelled_out)
        return cls(text, filesystem, path, escape(literal) + rest, literal)

    def files(self) -> list[str]:
        """The files it names, sorted; none below a hidden folder or hidden itself, unless the glob spells that out."""
        if self.filesystem.isfile(self.path):  # a name with brackets in it is no glob
            return [self._name(self.path)]
        if isinstance(self.filesystem, LocalFileSystem):
            _check_folders(self.literal.rpartition("/")[0])
        return sorted(
            self._name(path)
            for path, info in self.filesystem.glob(self.pattern, detail=True).items()
            if (info["type"] == "file" or (info.get("islink") and self.filesystem.isfile(path)))
            and not any(part.startswith(".") for part in path[len(self.literal) :].split("/"))
        )

    def names(self, name: str) -> bool:
        return name == self._name(self.path) or re.match(glob_translate(self._name(self.pattern)), name) is not None

    def _name(self, path: str) -> str:
        """A file goes by its path on this machine, by its URL elsewhere."""
        return path if isinstance(self.filesystem, LocalFileSystem) else str(self.filesystem.unstrip_protocol(path))


def _examine(path: str, filesystem: AbstractFileSystem, before: ArchiveFile | None, next_number: int) -> ArchiveFile:
    try:
        path.encode()
        fingerprint = filesystem.ukey(path)
        if before and before.fingerprint == fingerprint:
            return replace(before, is_selected=True, shrunk_from_bytes=None)
        with filesystem.open(path, "rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except UnicodeEncodeError:
        raise UserError(f"SIMPACT_ARCHIVE names a file whose name is not UTF-8: {path!r}.") from None
    except OSError as error:
        raise _unreadable(path, error) from None
    number = before.number if before and before.content_sha256 == digest else next_number
    shrunk_from = before.size_bytes if before and size < before.size_bytes else None
    return ArchiveFile(number, path, size, fingerprint, digest, is_selected=True, is_new=True, shrunk_from_bytes=shrunk_from)


def _check_folders(root: str) -> None:
    """A glob passes over a folder that cannot be listed; its files would be missed in silence."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise _unreadable(error.filename, error) from None

    for _ in os.walk(root, onerror=refuse):
        pass


def _unreadable(path: str, error: OSError) -> UserError:
    return UserError(f"SIMPACT_ARCHIVE names what cannot be read: '{path}' ({error.strerror or error}).")


def read_lines(files: Iterable[tuple[int, str, int]], is_quiet: bool = False) -> pa.RecordBatchReader:
    r"""The lines of files, given as (number, path, size in bytes), as a stream of `LINES` batches, numbered from 1 per file.

    A line may keep its `\n`. `reject_reason` is null or `too_long`, `not_utf8` (bad bytes are kept as `\xff` escapes),
    `too_deep`, or `file_ends_early` for what a damaged compressed file still gave after its last whole line. A byte order mark
    is dropped. Memory is bounded by a few blocks and the longest line. Raises UserError when a file cannot be read.
    """
    return pa.RecordBatchReader.from_batches(LINES, _batches(files, is_quiet))


def _batches(lazy_files: Iterable[tuple[int, str, int]], is_quiet: bool) -> Iterator[pa.RecordBatch]:
    files = list(lazy_files)
    with progress(sum(size for _, _, size in files), "Landing", "byte", is_quiet, unit_scale=True) as bar:
        for number, path, size in files:
            try:
                yield from _file_batches(number, path)
            except OSError as error:
                raise _unreadable(path, error) from None
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
    characters = np.frombuffer(block, np.uint8)
    line_ends = np.flatnonzero(characters == ord("\n")) + 1
    offsets = np.concatenate(([0], line_ends)).astype(np.int32)
    count = len(line_ends)
    lines = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(block))
    reasons = np.full(count, reason, object)
    if not reason:
        reasons[_too_deep(block, characters, offsets)] = "too_deep"
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        lines, not_text = _as_text(block, offsets)
        if not reason:
            reasons[not_text] = "not_utf8"
    if not reason:
        reasons[np.diff(offsets) > LONGEST_LINE + 1] = "too_long"
    return pa.record_batch(
        [
            pa.repeat(pa.scalar(number, pa.int32()), count),
            pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), [path]),
            pa.array(np.arange(next_line, next_line + count)),
            lines,
            pa.array(reasons, pa.string()),
        ],
        schema=LINES,
    )


def _too_deep(block: bytes, characters: Bytes, offsets: Offsets) -> NDArray[np.bool_]:
    """Which lines nest brackets deeper than DEEPEST_NESTING. Only one with more opening brackets than that is looked into."""
    openings = np.flatnonzero((characters | 0x20) == ord("{"))  # [ is { without that bit
    suspects = np.diff(np.searchsorted(openings, offsets)) > DEEPEST_NESTING
    for index in np.flatnonzero(suspects):
        suspects[index] = _nesting(block[offsets[index] : offsets[index + 1]]) > DEEPEST_NESTING
    return suspects


def _nesting(line: bytes) -> int:
    brackets = np.frombuffer(re.sub(rb'"(?:\\.|[^"\\])*"|[^][{}]', b"", line, flags=re.DOTALL), np.uint8)
    return int(np.cumsum(np.where((brackets | 0x20) == ord("{"), 1, -1)).max(initial=0))


def _as_text(block: bytes, offsets: Offsets) -> tuple[pa.StringArray, list[int]]:
    """The lines with every byte that is no UTF-8 escaped, and the numbers of the lines that had one."""
    bad: list[int] = []
    position = 0
    while position < len(block):
        try:
            block[position:].decode()
            break
        except UnicodeDecodeError as error:
            bad.append(int(np.searchsorted(offsets, position + error.start, side="right")) - 1)
            position = int(offsets[bad[-1] + 1])
    pieces, lengths, copied = [], np.diff(offsets), 0
    for index in bad:
        start, end = offsets[index : index + 2]
        escaped = block[start:end].decode("utf-8", "backslashreplace").encode()
        pieces += [block[copied:start], escaped]
        lengths[index], copied = len(escaped), end
    text = b"".join([*pieces, block[copied:]])
    ends = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(ends), pa.py_buffer(text)), bad
