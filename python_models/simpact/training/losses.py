"""Losses of single tokens."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy


def token_losses(logits: torch.Tensor, labels: torch.Tensor, loss: str, gamma: float) -> torch.Tensor:
    """Loss of every token in nats: logits [tokens, vocabulary], labels [tokens].

    The focal loss is (1 - p)^gamma · -log p, p being the probability of the label (Lin et al. 2017, without their alpha, as the
    paper's code has it). With gamma 0 it is the cross-entropy.
    """
    plain = cross_entropy(logits.float(), labels, reduction="none")
    return plain if loss == "cross_entropy" else (1 - torch.exp(-plain)) ** gamma * plain
