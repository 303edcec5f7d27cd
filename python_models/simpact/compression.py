"""Read and write compressed files. From Python 3.14 on zstd is in the standard library."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

if sys.version_info >= (3, 14):
    from compression import zstd as zstd
else:
    from backports import zstd as zstd

_Opener: TypeAlias = Callable[[BinaryIO], Any]

_MAGIC: dict[bytes, tuple[str, _Opener]] = {b"\x1f\x8b": (".gz", gzip.open), b"\x28\xb5\x2f\xfd": (".zst", zstd.open)}
_MAGIC |= {bytes([low]) + b"\x2a\x4d\x18": (".zst", zstd.open) for low in range(0x50, 0x60)}  # skippable frames of zstd
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError)
_SAMPLE_LEVEL = 9  # 3 makes the sample a tenth larger, 19 is ten times slower


class EndsEarly(Exception):
    """A compressed file that is cut off or damaged: what could be read was read."""


def open_zstd_writer(path: Path) -> BinaryIO:
    """A file to write bytes to, compressed on the way."""
    return cast(BinaryIO, zstd.open(path, "wb", level=_SAMPLE_LEVEL))


def read_blocks(stream: BinaryIO, name: str, size: int) -> Iterator[bytes]:
    """The content of a file in blocks of about `size` bytes, decompressed when its first bytes say gzip or zstd.

    `stream` is at its beginning; `name` only decides on a file too short to show its magic number. Raises EndsEarly at the end
    of a compressed file that is cut off or damaged, after all that could be read.
    """
    head = stream.read(4)
    stream.seek(0)
    for magic, (suffix, opener) in _MAGIC.items():
        if head.startswith(magic) or (head and magic.startswith(head) and name.endswith(suffix)):
            yield from _decompressed(opener(stream), size)
            return
    while block := stream.read(size):
        yield block


def _decompressed(stream: Any, size: int) -> Iterator[bytes]:
    pieces: list[bytes] = []
    held = 0
    damage = None
    while True:
        try:
            piece = stream.read1(size)
        except _DAMAGE as error:
            damage, piece = error, b""
        pieces.append(piece)
        held += len(piece)
        if held >= size or not piece:
            if held:
                yield b"".join(pieces)
            pieces, held = [], 0
        if not piece:
            break
    if damage:
        raise EndsEarly(str(damage)) from damage
