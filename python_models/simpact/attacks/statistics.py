"""Rates with their intervals, and what an attack gains over its baseline."""

from __future__ import annotations

from math import atanh, sqrt, tanh
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95  # of every interval that is published


class Interval(NamedTuple):
    """The ends of a confidence interval."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A rate as the middle of its interval, with half the interval's width."""

    middle: float
    error: float

    def interval(self) -> Interval:
        """The interval cut to [0, 1], which rounding could leave."""
        return Interval(max(0.0, self.middle - self.error), min(1.0, self.middle + self.error))


def wilson(successes: float, n: int, confidence: float = CONFIDENCE) -> Estimate:
    """The score interval of a rate of `successes` in `n` (Wilson 1927).

    middle = (s + z²/2) / (n + z²), error = z / (n + z²) · sqrt(s (n - s) / n + z²/4). `successes` need not be whole: a mean of
    probabilities varies less than one of hits, so its interval is too wide rather than too narrow.
    Raises ValueError for n = 0, or for successes that are not in 0..n.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no rate.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    spread = z / (n + z * z) * sqrt(successes * (n - successes) / n + z * z / 4)
    return Estimate((successes + z * z / 2) / (n + z * z), spread)


def residual_risk(attack: Estimate, baseline: Estimate) -> Estimate:
    """What an attack gains, as a share of what the baseline left to gain: (attack - baseline) / (1 - baseline).

    The errors of both are propagated in quadrature through the two derivatives, as in anonymeter (Giomi et al. 2023, "A unified
    framework for quantifying privacy risk in synthetic data", section 4). Negative when the baseline is better.
    """
    left = 1 - baseline.middle
    by_attack, by_baseline = attack.error / left, baseline.error * (1 - attack.middle) / left**2
    return Estimate((attack.middle - baseline.middle) / left, sqrt(by_attack**2 + by_baseline**2))


def percentile_interval(replicates: NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    """The middle share of the replicates (Efron's percentile interval)."""
    low, high = np.quantile(replicates, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def correlation_interval(rho: float, degrees: int, confidence: float = CONFIDENCE) -> Interval:
    """The interval of a rank correlation, of variance (1 + rho²/2) / (degrees - 2) on Fisher's scale (Bonett and Wright 2000).

    `degrees` is the number of pairs less one for each group whose ranks were centred. Raises ValueError below three.
    """
    if degrees < 3:
        raise ValueError(f"{degrees} degrees of freedom are too few for a correlation.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = atanh(min(max(rho, -1 + 1e-12), 1 - 1e-12))  # infinite at the ends
    width = z * sqrt((1 + rho * rho / 2) / (degrees - 2))
    return Interval(tanh(centre - width), tanh(centre + width))
