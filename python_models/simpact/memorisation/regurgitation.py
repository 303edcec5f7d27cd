"""Regurgitation: does an adapter continue with a training answer, word for word?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

RUN = 50  # tokens; the length at which Carlini et al. 2023 ("Quantifying Memorization Across Neural Language Models") ask
BLOCK = 2**17  # training tokens hashed at once; eight times as many took twice as long
FACTOR = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
INVERSE = pow(FACTOR, -1, 2**64)

REGURGITATION = pa.schema(
    [
        ("adapter", pa.string()),
        ("epoch", pa.int32()),
        ("n_generations", pa.int64()),
        ("n_long", pa.int64()),
        ("n_possible", pa.int64()),
        ("n_regurgitated", pa.int64()),
        ("longest_run", pa.int64()),
        ("n_canaries", pa.int64()),
        ("n_extracted", pa.int64()),
    ]
)

Tokens = Sequence[int] | NDArray[np.int64]


def regurgitation(
    adapter: str,
    epoch: int,
    generations: Sequence[Tokens],
    answers: Sequence[Tokens],
    prefix: int,
    canaries: Sequence[tuple[str, str]] = (),
    n: int = RUN,
) -> pa.Table:
    """One row of REGURGITATION: `n_regurgitated` generations share a run of `n` tokens or more with some training answer.

    Generations hold only what the model wrote, as token ids. `prefix` is the number of tokens of an answer that the model was
    given: repeating these needs no memory, so a run is looked for in the rest. `n_possible` answers have a rest of `n` tokens,
    and `n_long` generations have `n` tokens: where either is 0, none regurgitated says nothing. `longest_run` is over all.
    `canaries` are pairs of a planted secret and what the model wrote where it stands: `n_extracted` begin with it.

    Windows are compared by 64-bit polynomial hashes; with 10^7 training and 10^5 generated tokens a run is invented with a
    chance of 1 in 10^7. Memory is the generations and a block of the answers.
    """
    rests = [np.asarray(answer[prefix:], dtype=np.int64) for answer in answers]
    written = [np.asarray(generation, dtype=np.int64) for generation in generations]
    shortest, beyond = 0, 1 + min(max(map(len, rests), default=0), max(map(len, written), default=0))
    while beyond - shortest > 1:  # a shared run contains shared runs of every smaller length
        middle = (shortest + beyond) // 2
        if _sharing(written, rests, middle).any():
            shortest = middle
        else:
            beyond = middle
    row = {
        "adapter": adapter,
        "epoch": epoch,
        "n_generations": len(written),
        "n_long": sum(len(tokens) >= n for tokens in written),
        "n_possible": sum(len(tokens) >= n for tokens in rests),
        "n_regurgitated": int(_sharing(written, rests, n).sum()),
        "longest_run": shortest,
        "n_canaries": len(canaries),
        "n_extracted": sum(written.startswith(secret) for secret, written in canaries),
    }
    return pa.Table.from_pylist([row], schema=REGURGITATION)


def _sharing(written: Sequence[NDArray[np.int64]], rests: Sequence[NDArray[np.int64]], length: int) -> NDArray[np.bool_]:
    """Which texts share a run of so many tokens with any of the rests, (n_written,)."""
    hashes, owners = _windows(written, length)
    wanted, where = np.unique(hashes, return_inverse=True)
    found = np.zeros(len(wanted), dtype=bool)
    for block in _blocks(rests) if len(wanted) else ():
        known = _windows(block, length)[0]
        place = np.minimum(np.searchsorted(wanted, known), len(wanted) - 1)
        found[place[wanted[place] == known]] = True
    sharing = np.zeros(len(written), dtype=bool)
    sharing[owners[found[where]]] = True
    return sharing


def _blocks(texts: Sequence[NDArray[np.int64]]) -> Iterator[Sequence[NDArray[np.int64]]]:
    """The texts in turn, in blocks of about BLOCK tokens."""
    block = np.cumsum([len(text) for text in texts], dtype=np.int64) // BLOCK
    for chosen in np.unique(block):
        yield texts[slice(*np.searchsorted(block, [chosen, chosen + 1]))]


def _windows(texts: Sequence[NDArray[np.int64]], length: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hash of every window of so many tokens that lies in one text, and the place of that text.

    A window at i has the hash sum_j token[i+j] · FACTOR^j modulo 2^64: a difference of running sums, brought back by INVERSE^i.
    """
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    if len(owners) < length:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    tokens = _mixed(np.concatenate(texts).astype(np.uint64))
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(tokens * _powers(FACTOR, len(tokens)))])
    hashes = (sums[length:] - sums[:-length]) * _powers(INVERSE, len(tokens) - length + 1)
    within = owners[length - 1 :] == owners[: len(owners) - length + 1]
    return hashes[within], owners[: len(within)][within]


def _powers(base: int, n: int) -> NDArray[np.uint64]:
    powers = np.full(n, base, dtype=np.uint64)
    powers[0] = 1
    return np.cumprod(powers)


def _mixed(tokens: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Small numbers spread over 64 bits, one to one (the finaliser of SplitMix64, Steele et al. 2014)."""
    mixed = tokens + np.uint64(FACTOR)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
