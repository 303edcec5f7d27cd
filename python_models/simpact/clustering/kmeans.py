"""k-means with a minimum cluster size."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simpact.clustering.assignment import assign

Vectors = NDArray[np.float32]
Labels = NDArray[np.int32]

RESTARTS = 3
TOLERANCE = 1e-4  # relative gain of inertia below which a step is the last
MOST_STEPS = 100


class Clusters(NamedTuple):
    """`labels` (n,) in 0..k-1, `centres` (k, d), and the sum of squared distances of the points to their centres."""

    labels: Labels
    centres: Vectors
    inertia: float


def centres_of(points: Vectors, labels: Labels, k: int) -> Vectors:
    """The mean of each of `k` clusters, none of them empty."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(k))
    sums = np.add.reduceat(points[order], starts, axis=0)
    return (sums / np.bincount(labels, minlength=k)[:, None]).astype(np.float32)


def inertia_of(points: Vectors, labels: Labels, centres: Vectors) -> float:
    """The sum of squared distances of the points to their centres."""
    return float(np.square(distances_to(points, labels, centres)).sum())


def distances_to(points: Vectors, labels: Labels, centres: Vectors) -> NDArray[np.float64]:
    """The Euclidean distance of every point to the centre of its cluster."""
    return np.asarray(np.linalg.norm((points - centres[labels]).astype(np.float64), axis=1))


def kmeans(points: Vectors, k: int, minimum: int, seed: int, library_below: int = 0) -> Clusters:
    """Cluster `points` (n, d) into `k` clusters of at least `minimum` points, at a low inertia.

    Below n * k = `library_below` by the package k-means-constrained, whose min-cost flow over points grows out of reach beyond;
    from there on by k-means++ and Lloyd's steps without bounds, then steps with the exact bounded assignment until none gains,
    the best of three starts. Both take the least-cost assignment in every step. Raises ValueError when a vector is not finite,
    or when n < k * minimum.
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
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct points than clusters: the bounded steps fill them
        centres = KMeans(k, n_init=1, random_state=seed, tol=TOLERANCE).fit(points).cluster_centers_.astype(np.float32)
    before = np.inf
    for _ in range(MOST_STEPS):
        found = _settled(points, assign(points, centres, minimum), k)
        if before - found.inertia <= TOLERANCE * found.inertia:
            break
        before, centres = found.inertia, found.centres
    return found


def _settled(points: Vectors, labels: Labels, k: int) -> Clusters:
    centres = centres_of(points, labels, k)
    return Clusters(labels, centres, inertia_of(points, labels, centres))
