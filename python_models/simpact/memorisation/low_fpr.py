"""The true positive rate at a false positive rate of 1 %: how surely the few are found that are found most surely.

An average says little of privacy, the confident guesses say much (Carlini et al. 2022, "Membership Inference Attacks From First
Principles"). The threshold has to come from controls, and of these few are in the last hundredth. So its own error is most of
the error, and an interval that takes the threshold as known (Wilson's) is far too narrow; a bootstrap cannot tell the
distribution of a largest value. What is exact is the order: the share f of all non-members above the r-th largest of n
exchangeable controls is Beta(r, n + 1 - r). If an attack multiplies false positive rates by `gain`, the number of m members
above that threshold is then binomial with probability gain · f. All below rests on this mixture.

TPR(f) <= gain · f at every f is what differential privacy of epsilon = log(gain) promises, whatever the curve's shape.
A person counts as one, with a share for those answers that are above: such a mean varies less than one answer's hit, so
intervals are too wide rather than too narrow.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betainc
from scipy.stats import beta

from simpact.attacks.statistics import CONFIDENCE, Interval
from simpact.memorisation.scored import Scored

FPR = 0.01
FEWEST_CONTROLS = 99  # with fewer, even the largest control is passed by more than 1 % of non-members
NODES = (np.arange(500) + 0.5) / 500  # of the mean over f, as quantiles


def tpr(members: Scored, controls: Scored) -> float:
    """TPR at FPR, conservative: the ROC curve's line from the origin through the nearest threshold that FPR allows.

    The threshold is the r-th largest control, r = floor((n + 1) / 100), which a non-member passes with probability
    r / (n + 1) <= FPR. The curve of a best attack is concave, so the true value is not above what the line gives at FPR; for an
    attack that tells nothing, FPR itself is expected. Only what is strictly above passes.
    Raises ValueError below FEWEST_CONTROLS people.
    """
    allowed = _allowed(controls.n_people)
    order = np.argsort(-controls.values, kind="stable")
    reached = np.cumsum(controls.weights()[order]) >= allowed - 1e-9
    threshold = controls.values[order][np.argmax(reached)]
    share = members.weights()[members.values > threshold].sum() / members.n_people
    return min(1.0, float(share) * FPR / _share_allowed(controls.n_people))


def tpr_interval(rate: float, n_members: int, n_controls: int) -> Interval:
    """The 95 % interval of a `rate` that `tpr` gave for so many people: the gains at which it, or one further off, is not rare.

    Of the kind of Clopper and Pearson's, with the threshold's error in it. Raises ValueError below FEWEST_CONTROLS.
    """
    above, rare = _above(rate, n_members, n_controls), (1 - CONFIDENCE) / 2
    shares = _shares(n_controls)

    def too_few(true_rate: float) -> float:
        return rare - _chance(above, n_members, shares, true_rate)

    def too_many(true_rate: float) -> float:
        return 1 - _chance_beyond(above, n_members, shares, true_rate) - rare

    low = 0.0 if above <= 0 else float(brentq(too_few, 0.0, 1.0))
    high = 1.0 if too_many(1.0) > 0 else float(brentq(too_many, 0.0, 1.0))
    return Interval(low, high)


def p_value(rate: float, n_members: int, n_controls: int, ceiling: float) -> float:
    """The chance of such a `rate`, or a higher one, if the true one is `ceiling`. Raises ValueError below FEWEST_CONTROLS."""
    return _chance(_above(rate, n_members, n_controls), n_members, _shares(n_controls), ceiling)


@cache
def power(n_members: int, n_controls: int, ceiling: float, leak: float, alpha: float) -> float:
    """The chance that a true rate of `leak` is found to be above `ceiling` at level `alpha`. 0 below FEWEST_CONTROLS."""
    if n_controls < FEWEST_CONTROLS:
        return 0.0
    shares = _shares(n_controls)
    passing, failing = 0, n_members + 1  # counts that do not show it, and that do
    while failing - passing > 1:
        middle = (passing + failing) // 2
        if _chance(middle, n_members, shares, ceiling) < alpha:
            failing = middle
        else:
            passing = middle
    return _chance(failing, n_members, shares, leak) if failing <= n_members else 0.0


def _allowed(n_controls: int) -> int:
    if n_controls < FEWEST_CONTROLS:
        raise ValueError(f"{n_controls} controls are too few for a false positive rate of {FPR}.")
    return (n_controls + 1) // 100


def _share_allowed(n_controls: int) -> float:
    return _allowed(n_controls) / (n_controls + 1)


def _above(rate: float, n_members: int, n_controls: int) -> float:
    """How many members were above the threshold, from the rate that `tpr` made of it."""
    return rate * n_members * _share_allowed(n_controls) / FPR


def _shares(n_controls: int) -> NDArray[np.float64]:
    """Quantiles of the share of non-members above the threshold, as multiples of FPR."""
    allowed = _allowed(n_controls)
    return np.asarray(beta.ppf(NODES, allowed, n_controls + 1 - allowed) / FPR)


def _chance(above: float, n_members: int, shares: NDArray[np.float64], true_rate: float) -> float:
    """Of `above` or more members above the threshold."""
    if above <= 0:
        return 1.0
    return float(betainc(above, n_members - above + 1, np.minimum(1.0, shares * true_rate)).mean())


def _chance_beyond(above: float, n_members: int, shares: NDArray[np.float64], true_rate: float) -> float:
    """Of more than `above`."""
    return 0.0 if above >= n_members else _chance(above + 1, n_members, shares, true_rate)
