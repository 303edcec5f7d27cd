"""Is the right action predicted? Figures over the thirteen actions, from counts by person."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.evaluation.bootstrap import Draws, Measured, Weights, ratio, totals

Codes = NDArray[np.integer[Any]]  # places in ACTION_TYPES

# What a lower probability counts as: what happens and was said to be impossible costs 13.8, not infinity.
LEAST_PROBABILITY = 1e-6
CALIBRATION_BINS = 15  # of equal width (Guo et al. 2017)


def confusion(weights: Weights, people: Codes, gold: Codes, predicted: Codes, n_labels: int) -> NDArray[np.float64]:
    """Counts (draws, gold labels, predicted labels)."""
    found = totals(weights, people, gold * n_labels + predicted, n_labels**2)
    return found.reshape(len(weights), n_labels, n_labels)


def f1_by_label(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """2 tp / (gold + predicted) of every label, (draws, labels); NaN on a draw that has no gold of the label."""
    support = table.sum(axis=2)
    scores = ratio(2 * np.diagonal(table, axis1=1, axis2=2), support + table.sum(axis=1))
    return np.where(support > 0, scores, np.nan)


def macro_f1(table: NDArray[np.float64], min_support: int) -> Draws:
    """The mean F1 over the actions with `min_support` gold cases and more: an action that is predicted and never happens is no
    class, but what it takes from the others counts. NaN when there is none."""
    return _mean_over(f1_by_label(table), _supported(table, min_support))


def balanced_accuracy(table: NDArray[np.float64], min_support: int) -> Draws:
    """The mean recall over the same actions as `macro_f1`."""
    return _mean_over(ratio(np.diagonal(table, axis1=1, axis2=2), table.sum(axis=2)), _supported(table, min_support))


def accuracy(table: NDArray[np.float64]) -> Draws:
    """The share of right predictions."""
    return ratio(np.trace(table, axis1=1, axis2=2), table.sum(axis=(1, 2)))


def log_loss(weights: Weights, people: Codes, gold: Codes, probabilities: NDArray[np.float64]) -> Draws:
    """The mean of -ln p(what happened), p not below LEAST_PROBABILITY."""
    given = np.maximum(probabilities[np.arange(len(gold)), gold], LEAST_PROBABILITY)
    return _mean_by_person(weights, people, -np.log(given))


def calibration_error(weights: Weights, people: Codes, gold: Codes, probabilities: NDArray[np.float64]) -> Draws:
    """The expected calibration error of the most probable action: Σ over bins of confidence |hits - Σ confidence| / n."""
    confidence = probabilities.max(axis=1)
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(np.intp), CALIBRATION_BINS - 1)
    surplus = (probabilities.argmax(axis=1) == gold) - confidence
    gaps = np.abs(totals(weights, people, bins, CALIBRATION_BINS, surplus)).sum(axis=1)
    return ratio(gaps, weights[:, people].sum(axis=1))


def measured(
    weights: Weights,
    people: Codes,
    gold: Codes,
    predicted: Codes,
    with_context: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    min_support: int,
) -> dict[str, Measured]:
    """What can be said of one predicted action per prompt. The `n` of an action's F1 is its support, others' the prompts."""
    n = len(gold)
    table = confusion(weights, people, gold, predicted, len(ACTION_TYPES))
    found = {
        "accuracy": Measured(accuracy(table), n),
        "balanced_accuracy": Measured(balanced_accuracy(table, min_support), n),
        "macro_f1": Measured(macro_f1(table, min_support), n),
    }
    for name, kept in (("macro_f1_with_context", with_context), ("macro_f1_unseen", unseen)):
        part = confusion(weights, people[kept], gold[kept], predicted[kept], len(ACTION_TYPES))
        found[name] = Measured(macro_f1(part, min_support), int(kept.sum()))
    scores, support = f1_by_label(table), table[0].sum(axis=1)
    return found | {
        f"f1_{action}": Measured(scores[:, place], int(support[place]))
        for place, action in enumerate(ACTION_TYPES)
        if support[place] >= min_support
    }


def _supported(table: NDArray[np.float64], min_support: int) -> NDArray[np.bool_]:
    return np.asarray(table[0].sum(axis=1) >= max(min_support, 1))


def _mean_over(scores: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Draws:
    """The mean of the chosen labels that a draw has."""
    known = np.isfinite(scores) & chosen
    return ratio(np.where(known, scores, 0).sum(axis=1), known.sum(axis=1))


def _mean_by_person(weights: Weights, people: Codes, values: NDArray[np.float64]) -> Draws:
    one_cell = np.zeros(len(people), dtype=np.intp)
    return ratio(totals(weights, people, one_cell, 1, values)[:, 0], totals(weights, people, one_cell, 1)[:, 0])
