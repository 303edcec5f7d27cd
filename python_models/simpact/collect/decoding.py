"""Messages that were compressed against a dictionary of Jetstream's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from urllib.request import urlopen

from simpact.compression import zstd
from simpact.errors import UserError

LONGEST_MESSAGE = 16 << 20  # the protocol limits a record to 1 MiB; a message that says it is larger is refused
LARGEST_DICTIONARY = 4 << 20
_MAGIC = b"\x28\xb5\x2f\xfd"

Decoder: TypeAlias = Callable[[bytes], bytes]


class Undecodable(Exception):
    """A message that the dictionary at hand does not open."""


def own_dictionary(folder: Path | None, name: str) -> zstd.ZstdDict | None:
    """The one of that name in the folder, if it is there. None is bundled: they are cut from what real people wrote.

    Raises UserError for a file that is no dictionary.
    """
    if folder is None or not (folder / name).exists():
        return None
    try:
        return zstd.ZstdDict((folder / name).read_bytes())
    except ValueError:
        raise UserError(f"'{folder / name}' is no dictionary of zstd.") from None


def fetched_dictionary(address: str) -> zstd.ZstdDict:
    """The one that a v2 server uses now. Raises OSError or Undecodable when it gives none."""
    url = f"http{address.removeprefix('ws')}/xrpc/network.bsky.jetstream.getZstdDictionary"
    with urlopen(url, timeout=10) as response:
        content = response.read(LARGEST_DICTIONARY)
    try:
        return zstd.ZstdDict(content)
    except ValueError as error:
        raise Undecodable(str(error)) from None


def decoder(dictionary: zstd.ZstdDict | None) -> Decoder:
    """Opens a message that is a zstd frame, and passes on one that is text, as servers send errors."""

    def decode(message: bytes) -> bytes:
        if not message.startswith(_MAGIC):
            return message
        opened = zstd.ZstdDecompressor(zstd_dict=dictionary)
        try:
            content = opened.decompress(message, max_length=LONGEST_MESSAGE)
        except zstd.ZstdError as error:
            raise Undecodable(str(error)) from None
        if not opened.eof:
            raise Undecodable("the message is cut off, or longer than any event")
        return content

    return decode
