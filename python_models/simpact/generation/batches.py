"""Prompts in batches of like length, no batch above a number of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from simpact.progress import progress


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[NDArray[np.intp]]:
    """The places of `lengths`, longest first, in groups of rows x longest row <= `batch_tokens`, padding included.

    A row above the budget is a group by itself. The longest come first, so that memory is short at once or never.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    start = 0
    while start < len(order):
        rows = max(1, batch_tokens // max(1, lengths[order[start]]))
        yield order[start : start + rows]
        start += rows


def batches_with_progress(lengths: Sequence[int], batch_tokens: int, desc: str) -> Iterator[NDArray[np.intp]]:
    """`batches`, with progress on stderr."""
    with progress(len(lengths), desc, "prompt") as bar:
        for batch in batches(lengths, batch_tokens):
            yield batch
            bar.update(len(batch))


def left_padded(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and which of them are real, both (rows, longest row): every row ends in the last column."""
    width = max(map(len, rows))
    tokens = torch.tensor([[0] * (width - len(row)) + list(row) for row in rows], device=device)
    lengths = torch.tensor([len(row) for row in rows], device=device)
    return tokens, torch.arange(width, device=device) >= width - lengths[:, None]
