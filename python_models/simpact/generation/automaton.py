"""Which tokens may come next inside a JSON string: a finite automaton over bytes, lifted to tokens.

The strings are those of RFC 8259: no raw control character, the nine escapes and no other, and UTF-8 in its shortest form
(RFC 3629, table of section 4). A surrogate may only be escaped, and only as one half of a pair, so that every text is Unicode.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray

from simpact.generation.openings import TEXT_OPENING


class State(IntEnum):
    """Where in a text the bytes so far end. REFUSED is where there is no way on."""

    REFUSED = 0
    OPENING_1 = auto()  # before TEXT_OPENING
    OPENING_2 = auto()
    OPENING_3 = auto()
    PLAIN = auto()  # between two characters
    CLOSED = auto()  # after the closing quote
    ENDED = auto()  # after the answer's closing brace
    ESCAPE = auto()  # after a backslash
    HEX_4 = auto()  # so many hexadecimal digits are to come
    HEX_3 = auto()
    HEX_2 = auto()
    HEX_1 = auto()
    HEX_D = auto()  # after \ud: a character, or the high half of a pair
    HIGH_2 = auto()  # so many digits of a high half are to come
    HIGH_1 = auto()
    LOW_BACKSLASH = auto()  # a low half must follow: its backslash, u, d, and a digit from c
    LOW_U = auto()
    LOW_D = auto()
    LOW_C = auto()
    TAIL_3 = auto()  # so many continuation bytes are to come
    TAIL_2 = auto()
    TAIL_1 = auto()
    LEAD_E0 = auto()  # leads whose next byte has a narrower range
    LEAD_ED = auto()
    LEAD_F0 = auto()
    LEAD_F4 = auto()


_HEX = b"0123456789abcdefABCDEF"
_TAIL = range(0x80, 0xC0)
_EDGES: tuple[tuple[State, Iterable[int], State], ...] = (
    (State.OPENING_1, TEXT_OPENING[0:1], State.OPENING_2),
    (State.OPENING_2, TEXT_OPENING[1:2], State.OPENING_3),
    (State.OPENING_3, TEXT_OPENING[2:3], State.PLAIN),
    (State.PLAIN, range(0x20, 0x80), State.PLAIN),
    (State.PLAIN, b'"', State.CLOSED),
    (State.CLOSED, b"}", State.ENDED),
    (State.PLAIN, b"\\", State.ESCAPE),
    (State.ESCAPE, b'"\\/bfnrt', State.PLAIN),
    (State.ESCAPE, b"u", State.HEX_4),
    (State.HEX_4, _HEX, State.HEX_3),
    (State.HEX_3, _HEX, State.HEX_2),
    (State.HEX_2, _HEX, State.HEX_1),
    (State.HEX_1, _HEX, State.PLAIN),
    (State.HEX_4, b"dD", State.HEX_D),
    (State.HEX_D, b"01234567", State.HEX_2),
    (State.HEX_D, b"89abAB", State.HIGH_2),
    (State.HIGH_2, _HEX, State.HIGH_1),
    (State.HIGH_1, _HEX, State.LOW_BACKSLASH),
    (State.LOW_BACKSLASH, b"\\", State.LOW_U),
    (State.LOW_U, b"u", State.LOW_D),
    (State.LOW_D, b"dD", State.LOW_C),
    (State.LOW_C, b"cdefCDEF", State.HEX_2),
    (State.PLAIN, range(0xC2, 0xE0), State.TAIL_1),
    (State.PLAIN, range(0xE1, 0xF0), State.TAIL_2),
    (State.PLAIN, range(0xF1, 0xF4), State.TAIL_3),
    (State.PLAIN, b"\xe0", State.LEAD_E0),
    (State.PLAIN, b"\xed", State.LEAD_ED),
    (State.PLAIN, b"\xf0", State.LEAD_F0),
    (State.PLAIN, b"\xf4", State.LEAD_F4),
    (State.LEAD_E0, range(0xA0, 0xC0), State.TAIL_1),
    (State.LEAD_ED, range(0x80, 0xA0), State.TAIL_1),
    (State.LEAD_F0, range(0x90, 0xC0), State.TAIL_2),
    (State.LEAD_F4, range(0x80, 0x90), State.TAIL_2),
    (State.TAIL_3, _TAIL, State.TAIL_2),
    (State.TAIL_2, _TAIL, State.TAIL_1),
    (State.TAIL_1, _TAIL, State.PLAIN),
)


def _byte_transitions() -> NDArray[np.int8]:
    table = np.zeros((len(State), 256), dtype=np.int8)
    for source, over, target in _EDGES:  # a later edge wins: the quote, the backslash and d are exceptions
        table[source, list(over)] = target
    return table


BYTE_TRANSITIONS = _byte_transitions()  # (states, 256): the next state


def token_transitions(content: dict[int, bytes], vocabulary: int) -> NDArray[np.int8]:
    """(states, vocabulary): the state after a token, REFUSED where the token may not come.

    `content` are the bytes of tokens by id; a token without bytes is never allowed. So no token goes on after the text has
    closed, but with what ends the answer.
    """
    numbers = np.array(sorted(content, key=lambda number: -len(content[number])), dtype=np.int64)
    lengths = np.array([len(content[number]) for number in numbers])
    padded = np.zeros((len(numbers), lengths.max()), dtype=np.uint8)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = np.frombuffer(
        b"".join(content[number] for number in numbers), dtype=np.uint8
    )
    after = np.repeat(np.arange(len(State), dtype=np.int8)[:, None], len(numbers), axis=1)
    for place in range(padded.shape[1]):
        going = int((lengths > place).sum())  # longest first
        after[:, :going] = BYTE_TRANSITIONS[after[:, :going], padded[:going, place]]
    table = np.zeros((len(State), vocabulary), dtype=np.int8)
    table[:, numbers[lengths > 0]] = after[:, lengths > 0]
    return table


def text_of(content: bytes) -> str:
    """The text in the bytes of sampled tokens, from TEXT_OPENING on; one that is not closed is cut after its last character."""
    state, end = int(State.OPENING_1), 0
    for place, byte in enumerate(content, start=1):
        state = BYTE_TRANSITIONS[state, byte]
        if state in (State.PLAIN, State.CLOSED):
            end = place
    if end < len(TEXT_OPENING):
        return ""
    text, _ = json.JSONDecoder().raw_decode(content[len(TEXT_OPENING) - 1 : end].decode() + '"')
    return str(text)
