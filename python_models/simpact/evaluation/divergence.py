"""The Jensen-Shannon divergence (Lin 1991), in bits: 0 for equal distributions, 1 for disjoint ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simpact.evaluation.bootstrap import ratio


def entropy(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """-Σ p log2 p along the last axis."""
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-(shares * logs).sum(axis=-1))


def shares(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Counts as shares of their sum along the last axis, NaN where there are none."""
    return ratio(counts, counts.sum(axis=-1, keepdims=True))


def js_divergence(p: NDArray[Any], q: NDArray[Any]) -> NDArray[np.float64]:
    """Between distributions given as counts or shares along the last axis: H((p + q) / 2) - (H(p) + H(q)) / 2."""
    return spread(np.stack([p, q]))


def spread(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Of several distributions, along the first axis and of equal weight: H(mean p) - mean H(p)."""
    found = shares(counts)
    return np.asarray(np.maximum(entropy(found.mean(axis=0)) - entropy(found).mean(axis=0), 0))  # rounding can leave -1e-17
