"""How well scores tell members from controls: the area under the ROC curve, with an interval by resampling people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simpact.attacks.statistics import Interval, percentile_interval
from simpact.memorisation.scored import Scored

REPLICATES = 1000  # an end of a 95 % interval then varies by a tenth of the standard error, from seed to seed
BLOCK = 2**22  # weights held at once, 32 MiB of each kind

Weights = NDArray[np.float64]


def auc(members: Scored, controls: Scored) -> float:
    """The chance that a random answer of a random member scores above that of a random control; a tie counts half.

    This is the Mann-Whitney statistic, with weights by which people count alike. Members and controls are not empty.
    """
    ranking = _Ranking(members, controls)
    return float(ranking.areas(np.ones((1, members.n_people)), np.ones((1, controls.n_people)))[0])


def auc_interval(members: Scored, controls: Scored, seed: int, replicates: int = REPLICATES) -> Interval:
    """The 95 % interval by a percentile bootstrap over people with all their answers, members and controls apart."""
    ranking = _Ranking(members, controls)
    ours, theirs = np.random.default_rng(seed).spawn(2)  # so that blocks of another size draw the same
    areas = [
        ranking.areas(_resampled(ours, block, members.n_people), _resampled(theirs, block, controls.n_people))
        for block in _blocks(replicates, len(members.values) + len(controls.values))
    ]
    return percentile_interval(np.concatenate(areas))


class _Ranking:
    """Where members' scores stand among the controls': sorted once, counted again under the weights of every replicate."""

    def __init__(self, members: Scored, controls: Scored) -> None:
        order = np.argsort(controls.values, kind="stable")
        ranked = controls.values[order]
        self.members, self.member_weights = members.people, members.weights()
        self.controls, self.control_weights = controls.people[order], controls.weights()[order]
        self.below = np.searchsorted(ranked, members.values, side="left")
        self.not_above = np.searchsorted(ranked, members.values, side="right")

    def areas(self, member_counts: Weights, control_counts: Weights) -> Weights:
        """One area per row of two arrays that say how often each person counts, (replicates, n_people)."""
        heaped = np.cumsum(control_counts[:, self.controls] * self.control_weights, axis=1)
        heaped = np.concatenate([np.zeros((len(heaped), 1)), heaped], axis=1)
        beaten = (heaped[:, self.below] + heaped[:, self.not_above]) / 2
        won = np.einsum("ij,ij,j->i", member_counts[:, self.members], beaten, self.member_weights)
        return np.asarray(won / (member_counts.sum(axis=1) * control_counts.sum(axis=1)))


def _blocks(replicates: int, width: int) -> Iterator[int]:
    step = max(1, BLOCK // width)
    for start in range(0, replicates, step):
        yield min(step, replicates - start)


def _resampled(rng: np.random.Generator, replicates: int, n: int) -> Weights:
    """How often each of n people is drawn in n draws with replacement, (replicates, n)."""
    drawn = rng.integers(0, n, (replicates, n)) + np.arange(replicates)[:, None] * n
    return np.bincount(drawn.ravel(), minlength=replicates * n).reshape(replicates, n).astype(float)
