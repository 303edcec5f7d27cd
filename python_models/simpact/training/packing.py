"""Several examples in one row of tokens, so that hardly any token is padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from simpact.training.chat import Example

IGNORED = -100  # no label (the default of torch.nn.functional.cross_entropy)


class Batch(NamedTuple):
    """Packed rows, [rows, tokens] each. Positions begin at 0 with every example, and so does its attention.

    A label stands where its token is predicted, one place before the token itself; `examples` is the number of the example
    that a token belongs to, -1 in the padding.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    labels: torch.Tensor
    examples: torch.Tensor


def rows_of(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Which examples share a row: first fit, the longest first, so that no row holds more than `capacity` tokens.

    First-fit-decreasing needs at most 11/9 of the fewest possible rows and 6/9 more (Dósa 2007).
    """
    rows: list[list[int]] = []
    free: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda number: (-lengths[number], number)):
        place = next((place for place, room in enumerate(free) if room >= lengths[number]), len(rows))
        if place == len(rows):
            rows.append([])
            free.append(capacity)
        rows[place].append(number)
        free[place] -= lengths[number]
    return rows


def pack(examples: Sequence[Example], rows: Sequence[Sequence[int]], loss_on: str, width: int | None = None) -> Batch:
    """The rows as tensors; `width` sets their length, else it is that of the longest.

    The padding repeats position 0: every token of it is an example of its own, which attends to nothing but itself.
    """
    sizes = [sum(len(examples[number].ids) for number in row) for row in rows]
    shape = (len(rows), width or max(sizes))
    ids, positions = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    labels, owners = np.full(shape, IGNORED), np.full(shape, -1)
    for line, row in enumerate(rows):
        start = 0
        for number in row:
            example = examples[number]
            end = start + len(example.ids)
            ids[line, start:end] = example.ids
            positions[line, start:end] = np.arange(len(example.ids))
            owners[line, start:end] = number
            first = first_learnt(example, loss_on)
            labels[line, start + first - 1 : end - 1] = example.ids[first:]
            start = end
    return Batch(*(torch.from_numpy(array) for array in (ids, positions, labels, owners)))


def first_learnt(example: Example, loss_on: str) -> int:
    """The first token that has a label: the answer's, or the second of all."""
    return example.n_prompt if loss_on == "answer" else 1
