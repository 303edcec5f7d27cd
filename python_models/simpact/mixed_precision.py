"""A sentence-transformers model that computes in bf16 where the hardware does.

A class of its own, in a module of its own, so that the processes of a multi-GPU pool can unpickle it.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from sentence_transformers import SentenceTransformer


def computes_in_bf16(device: str) -> bool:
    """Has this machine instructions for bf16? Without them autocast is slower than fp32."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class MixedPrecisionTransformer(SentenceTransformer):
    """Products of matrices in bf16, sums and norms in fp32: a cosine of 0.9999 to all in fp32, where all in bf16 has 0.996."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As SentenceTransformer. Weights that autocast would turn into bf16 for every batch are so once."""
        super().__init__(*args, **kwargs)
        if computes_in_bf16(self.device.type):
            for module in self.modules():
                if isinstance(module, torch.nn.Linear):
                    module.to(torch.bfloat16)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """As SentenceTransformer.forward, under autocast."""
        device = self.device.type
        with torch.autocast(device, torch.bfloat16) if computes_in_bf16(device) else nullcontext():
            return super().forward(*args, **kwargs)
