"""k-means with a minimum cluster size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from simpact.clustering.assignment import assign

Vectors = NDArray[np.float32]
Labels = NDArray[np.int32]

RESTARTS = 3
TOLERANCE = 3e-4  # relative gain of inertia below which a step is the last
MOST_STEPS = 100
SEEDED_FROM, SEEDED_FROM_PER_CLUSTER = 2_000, 20  # points that seeds are drawn from: more take longer and are no better
CANDIDATES = 6


class Clusters(NamedTuple):
    """`labels` (n,) in 0..k-1, `centres` (k, d), and the sum of squared distances of the points to their centres."""

    labels: Labels
    centres: Vectors
    inertia: float


def centres_of(points: Vectors, labels: Labels, k: int) -> Vectors:
    """The mean of each of `k` clusters, none of them empty."""
    n = len(points)
    membership = csr_array((np.ones(n, dtype=np.float32), labels, np.arange(n + 1)), shape=(n, k))
    return np.asarray((membership.T @ points) / np.bincount(labels, minlength=k)[:, None], dtype=np.float32)


def inertia_of(points: Vectors, labels: Labels, centres: Vectors) -> float:
    """The sum of squared distances of the points to the centres of their clusters, which are their means."""
    # About the means, the squares of the points less those of their centres.
    sizes = np.bincount(labels, minlength=len(centres))
    squares = np.einsum("nd,nd->", points, points, dtype=np.float64)
    return max(0.0, float(squares - sizes @ np.square(centres.astype(np.float64)).sum(axis=1)))


def distances_to(points: Vectors, labels: Labels, centres: Vectors) -> NDArray[np.float64]:
    """The Euclidean distance of every point to the centre of its cluster."""
    return np.asarray(np.linalg.norm((points - centres[labels]).astype(np.float64), axis=1))


def kmeans(points: Vectors, k: int, minimum: int, seed: int, library_below: int = 0) -> Clusters:
    """Cluster `points` (n, d) into `k` clusters of at least `minimum` points, at a low inertia.

    Below n * k = `library_below` by the package k-means-constrained, whose min-cost flow over points grows out of reach beyond;
    from there on by k-means++ and Lloyd's steps with the exact bounded assignment until none gains, the best of three starts.
    Both take the least-cost assignment in every step. Raises ValueError when a vector is not finite, or when n < k * minimum.
    """
    if not np.isfinite(points).all():
        raise ValueError(f"{int((~np.isfinite(points)).any(axis=1).sum())} of {len(points)} vectors are not finite.")
    if len(points) < k * minimum:
        raise ValueError(f"{len(points)} points are too few for {k} clusters of at least {minimum}.")
    if len(points) * k < library_below:
        return _by_library(points, k, minimum, seed)
    starts = np.random.RandomState(seed).randint(2**31 - 1, size=RESTARTS)
    return min((_from_start(points, k, minimum, int(start)) for start in starts), key=lambda found: found.inertia)


def _by_library(points: Vectors, k: int, minimum: int, seed: int) -> Clusters:
    from k_means_constrained import KMeansConstrained

    model = KMeansConstrained(k, size_min=minimum, n_init=RESTARTS, random_state=seed).fit(points.astype(np.float64))
    return _settled(points, model.labels_.astype(np.int32), k)


def _from_start(points: Vectors, k: int, minimum: int, seed: int) -> Clusters:
    rng = np.random.default_rng(seed)
    sample = rng.permutation(len(points))[: max(SEEDED_FROM, SEEDED_FROM_PER_CLUSTER * k)]
    centres = _seeds(points[np.sort(sample)], k, rng)
    before = np.inf
    for _ in range(MOST_STEPS):
        found = _settled(points, assign(points, centres, minimum), k)
        if before - found.inertia <= TOLERANCE * found.inertia:
            break
        before, centres = found.inertia, found.centres
    return found


def _seeds(points: Vectors, k: int, rng: np.random.Generator) -> Vectors:
    """Greedy k-means++ (Arthur and Vassilvitskii 2007), in float32: scikit-learn's goes through float64, five times as slow.

    Points are drawn by their squared distance to the nearest seed so far; of a few candidates the one stays that lowers the sum
    of these most.
    """
    squares = np.einsum("nd,nd->n", points, points)
    chosen = [int(rng.integers(len(points)))]
    gaps = np.maximum(squares + squares[chosen[0]] - 2 * (points @ points[chosen[0]]), 0)
    for _ in range(1, k):
        drawn = rng.random(CANDIDATES) * gaps.sum(dtype=np.float64)
        candidates = np.minimum(np.searchsorted(np.cumsum(gaps, dtype=np.float64), drawn), len(points) - 1)
        distances = np.maximum(squares[:, None] + squares[candidates] - 2 * (points @ points[candidates].T), 0)
        lowered = np.minimum(distances, gaps[:, None])
        best = int(np.argmin(lowered.sum(axis=0)))
        chosen.append(int(candidates[best]))
        gaps = lowered[:, best]
    return points[chosen]


def _settled(points: Vectors, labels: Labels, k: int) -> Clusters:
    centres = centres_of(points, labels, k)
    return Clusters(labels, centres, inertia_of(points, labels, centres))
