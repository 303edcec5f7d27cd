"""How well models know answers: the loss of every example, without learning from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from simpact.training.chat import Example
from simpact.training.hidden import inference, labelled_losses
from simpact.training.packing import Batch, pack, rows_of


def answer_losses(model: Any, examples: Sequence[Sequence[Example]], row_tokens: int) -> list[NDArray[np.float64]]:
    """Negative log-likelihood of every answer, its end included, in nats: one list of examples per stacked adapter.

    A model without adapters takes one list. Rows hold at most `row_tokens` tokens.
    """
    rows = [rows_of([len(example.ids) for example in those], row_tokens) for those in examples]
    totals = [np.zeros(len(those)) for those in examples]
    with inference(model):
        for turn in range(max(map(len, rows), default=0)):
            batch = side_by_side(examples, [their[turn : turn + 1] for their in rows], "answer")
            losses, mask = labelled_losses(model, batch)
            line, values = torch.nonzero(mask)[:, 0].numpy(), losses.double().cpu().numpy()
            for number, total in enumerate(totals):
                mine = line == number
                np.add.at(total, batch.examples[mask].numpy()[mine], values[mine])
    return totals


def side_by_side(examples: Sequence[Sequence[Example]], rows: Sequence[Sequence[Sequence[int]]], loss_on: str) -> Batch:
    """One row of tokens per adapter, all of one width; an adapter that has no row left gets one of padding."""
    rows = [their or [[]] for their in rows]
    width = max(
        sum(len(those[number].ids) for number in row) for those, their in zip(examples, rows, strict=True) for row in their
    )
    packed = [pack(those, their, loss_on, width) for those, their in zip(examples, rows, strict=True)]
    return Batch(*(torch.cat(parts) for parts in zip(*packed, strict=True)))
