"""Figures of a forced choice: equivalence to chance, intervals over raters, agreement."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

CHANCE = 0.5
MARGIN = 0.10  # from chance; within it, texts count as not told apart
REPLICATES = 2000

Counts = NDArray[np.int64]
Sums = NDArray[np.float64]


def equivalence_p(accuracy: float, n: int, clustered_error: float = 0.0) -> float:
    """The p value of equivalence to chance within MARGIN: two one-sided z tests (Schuirmann 1987), the greater of their two.

    Each has the standard error of a rate at its bound, sqrt(0.4 · 0.6 / n), or `clustered_error` where answers of one rater
    depend so much on each other that it is greater. Raises ValueError for n = 0.
    """
    if n < 1:
        raise ValueError("No answers, no test.")
    low, high = CHANCE - MARGIN, CHANCE + MARGIN
    error = max(sqrt(low * high / n), clustered_error)
    return max(NormalDist().cdf((low - accuracy) / error), NormalDist().cdf((accuracy - high) / error))


def resampled_rates(successes: Sums, totals: Counts, seed: int) -> Sums:
    """The overall rate in REPLICATES samples of raters with replacement; one success sum and one total above 0 per rater."""
    n = len(totals)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=REPLICATES)
    return np.asarray(drawn @ successes / (drawn @ totals), dtype=np.float64)


def krippendorff_alpha(answers: Counts) -> float | None:
    """Agreement on nominal values: 1 for perfect, 0 for chance (Krippendorff 2011, "Computing
    Krippendorff's alpha-reliability").

    `answers` has a row per item and a column per value: how many raters gave it. alpha = 1 - observed / expected disagreement,
    over items with two answers or more. None where there are none, or only one value was ever given.
    """
    raters = answers.sum(axis=1)
    paired, raters = answers[raters > 1], raters[raters > 1]
    n_value = paired.sum(axis=0)
    n = int(n_value.sum())
    expected = n * n - int((n_value**2).sum())
    if not expected:
        return None
    disagreeing = (raters**2 - (paired**2).sum(axis=1)) / (raters - 1)
    return 1 - (n - 1) * float(disagreeing.sum()) / expected
