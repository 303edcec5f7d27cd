"""Coarser clusterings that merge the clusters of a finer one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simpact.clustering.kmeans import Labels, Vectors


def merge(centres: Vectors, sizes: NDArray[np.int64], scales: Sequence[int]) -> dict[int, Labels]:
    """For each of `scales`, all at most k, which of its clusters each of the k given clusters is part of.

    Ward's method: always the two clusters whose union adds least to the inertia, |a||b| / (|a| + |b|) times the squared
    distance of their centres. One series of merges serves all scales, so that a coarser cluster is a union of finer ones.
    """
    k = len(centres)
    weights, means = sizes.astype(np.float64), centres.astype(np.float64)
    part_of = np.arange(k)
    found = {k: part_of.astype(np.int32)} if k in scales else {}
    cost = np.full((k, k), np.inf)
    for cluster in range(k):
        cost[cluster, :cluster] = _cost_of_union(cluster, np.arange(cluster), means, weights)
    cost = np.minimum(cost, cost.T)
    for left in range(k - 1, min(scales, default=k) - 1, -1):
        kept, gone = sorted(divmod(int(np.argmin(cost)), k))
        means[kept] = (means[kept] * weights[kept] + means[gone] * weights[gone]) / (weights[kept] + weights[gone])
        weights[kept] += weights[gone]
        part_of[part_of == gone] = kept
        cost[gone, :] = cost[:, gone] = np.inf
        others = np.flatnonzero(np.isfinite(cost[kept]))
        cost[kept, others] = cost[others, kept] = _cost_of_union(kept, others, means, weights)
        if left in scales:
            found[left] = np.unique(part_of, return_inverse=True)[1].astype(np.int32)
    return found


def _cost_of_union(
    cluster: int, others: NDArray[np.int64], means: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    share = weights[cluster] * weights[others] / (weights[cluster] + weights[others])
    return np.asarray(share * np.square(means[others] - means[cluster]).sum(axis=1))
