"""A way through a causal language model that computes logits only where they are needed, and the mode that learns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from simpact.training.losses import token_losses
from simpact.training.packing import IGNORED, Batch

# Logits of so many tokens at a time: with Qwen's 152,064 words 2.5 GB in float32.
TOKENS_AT_ONCE = 4096


@contextmanager
def inference(model: Any) -> Iterator[None]:
    """No gradients and no dropout; the model is in the mode that it was in afterwards."""
    training = model.training
    model.train(False)
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)


def labelled_losses(
    model: Any, batch: Batch, loss: str = "cross_entropy", gamma: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss in nats of every token that has a label, and where these tokens stand: mask [rows, tokens].

    Logits are computed for labelled tokens alone, which are a tenth of all when only answers count. Without an attention mask
    the model tells packed examples apart by their positions.
    """
    device = model.device
    hidden = model.base_model(
        input_ids=batch.ids.to(device), position_ids=batch.positions.to(device), use_cache=False
    ).last_hidden_state
    mask = batch.labels != IGNORED
    at_labels, labels = hidden[mask.to(device)], batch.labels[mask].to(device)
    head = model.get_output_embeddings()

    def losses(part: torch.Tensor, their_labels: torch.Tensor) -> torch.Tensor:
        return token_losses(head(part), their_labels, loss, gamma)

    if len(labels) <= TOKENS_AT_ONCE:
        return losses(at_labels, labels), mask
    parts = zip(torch.split(at_labels, TOKENS_AT_ONCE), torch.split(labels, TOKENS_AT_ONCE), strict=True)
    return torch.cat([checkpoint(losses, part, theirs, use_reentrant=False) for part, theirs in parts]), mask
