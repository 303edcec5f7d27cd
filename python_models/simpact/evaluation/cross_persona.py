"""Do adapters fit their own persona better than another one?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simpact.attacks.statistics import percentile_interval
from simpact.evaluation.paper import diagonality


class Diagonality(NamedTuple):
    """How far a matrix of adapters by personas has its best values on the diagonal."""

    advantage: float  # nats per token by which its own adapter knows an answer better than the others do
    ci_low: float  # 95 %, people drawn with repetition
    ci_high: float
    p_value: float  # share of matrices with people dealt to personas at random that have as much
    diagonality: float  # the paper's, of probabilities per token
    n_people: int


def diagonality_test(
    nats: NDArray[np.float64],
    tokens: NDArray[np.int64],
    personas: NDArray[np.int64],
    people: NDArray[np.int64],
    seed: int,
    draws: int = 2000,
) -> Diagonality:
    """`nats` [threads, adapters] of answers with `tokens` [threads], by people of `personas` [threads]: columns of `nats`.

    Under the null hypothesis it does not matter to an adapter whose persona a person has: personas are dealt to people anew.
    The smallest p value is 1 / (draws + 1).
    """
    owners, first, person = np.unique(people, return_index=True, return_inverse=True)
    n_adapters = nats.shape[1]
    # By person: summed nats under each adapter, and summed tokens. The statistic is a ratio of sums of these.
    sums = np.zeros((len(owners), n_adapters))
    np.add.at(sums, person, nats)
    lengths = np.bincount(person, tokens, len(owners))
    own = personas[first]
    others = (sums.sum(1, keepdims=True) - sums) / (n_adapters - 1) - sums  # what each adapter would gain were it the own one

    def advantage(dealt: NDArray[np.int64]) -> float:
        return float(others[np.arange(len(owners)), dealt].sum() / lengths.sum())

    rng = np.random.default_rng(seed)
    found = advantage(own)
    by_chance = np.array([advantage(rng.permutation(own)) for _ in range(draws)])
    weights = rng.multinomial(len(owners), np.full(len(owners), 1 / len(owners)), draws)
    gains = others[np.arange(len(owners)), own]
    resampled = (weights @ gains) / (weights @ lengths)
    low, high = percentile_interval(resampled)
    matrix = np.exp(-np.array([sums[own == p].sum(0) / lengths[own == p].sum() for p in range(n_adapters)]))
    p_value = (1 + (by_chance >= found).sum()) / (draws + 1)
    return Diagonality(found, low, high, float(p_value), diagonality(matrix), len(owners))
