"""Does the generated population act as the real one? Mixes of actions, over personas and over time.

All compare the actions that were sampled with those that were taken. A mix is (draws, actions) counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES, WITH_TEXT
from simpact.evaluation.bootstrap import Draws, Weights, ratio, totals
from simpact.evaluation.divergence import js_divergence, shares
from simpact.evaluation.divergence import spread as divergence_of_several

COMMONEST = 2  # actions that are not the long tail: in the paper's release follows and likes are 75 %

Codes = NDArray[np.integer[Any]]


def mixes(weights: Weights, people: Codes, groups: Codes, n_groups: int, actions: Codes) -> NDArray[np.float64]:
    """The mix of every group, (groups, draws, actions)."""
    found = totals(weights, people, groups * len(ACTION_TYPES) + actions, n_groups * len(ACTION_TYPES))
    return np.moveaxis(found.reshape(len(weights), n_groups, len(ACTION_TYPES)), 1, 0)


def spread(generated: NDArray[np.float64], real: NDArray[np.float64]) -> Draws:
    """How far personas differ from each other, generated over real: 1 is right, 0 is one mix for all.

    The Jensen-Shannon divergence of the personas' mixes, each (personas, draws, actions), with equal weight.
    """
    return ratio(divergence_of_several(generated), divergence_of_several(real))


def long_tail(generated: NDArray[np.float64], real: NDArray[np.float64]) -> Draws:
    """The total variation over the long tail, ½ Σ |p - q|: all actions but the two commonest of the real mix."""
    tail = _tail(real)
    return np.asarray(np.abs(shares(generated) - shares(real))[:, tail].sum(axis=1) / 2)


def tail_share(generated: NDArray[np.float64], real: NDArray[np.float64]) -> Draws:
    """The share of actions in the long tail, generated less real."""
    tail = _tail(real)
    return np.asarray((shares(generated) - shares(real))[:, tail].sum(axis=1))


def text_share(generated: NDArray[np.float64], real: NDArray[np.float64]) -> Draws:
    """The share of actions that carry text, generated less real."""
    carries = np.isin(ACTION_TYPES, WITH_TEXT)
    return np.asarray((shares(generated) - shares(real))[:, carries].sum(axis=1))


def activity(generated: NDArray[np.float64], real: NDArray[np.float64]) -> Draws:
    """The mean divergence of the mixes of a time bucket, each (buckets, draws, actions), weighted by the real actions in it.

    Buckets that a draw has on one side only are left out.
    """
    divergences, sizes = js_divergence(generated, real), real.sum(axis=-1)
    known = np.isfinite(divergences)
    return ratio((np.where(known, divergences, 0) * sizes).sum(axis=0), (known * sizes).sum(axis=0))


def _tail(real: NDArray[np.float64]) -> NDArray[np.intp]:
    """The places of the rarer actions, by the sample itself: draw 0."""
    return np.sort(np.argsort(-real[0], kind="stable")[COMMONEST:])
