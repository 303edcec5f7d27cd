"""Assign points to centres at the least total cost, with at least so many points to each centre.

The assignment step of k-means with a minimum cluster size. Lower bounds alone make it small: the nearest-centre assignment is
right but for what it leaves short, which is moved one point at a time along the cheapest path of clusters (successive shortest
paths with potentials; Ahuja, Magnanti and Orlin, Network Flows, 1993, section 9.7). That is a least-cost flow, not a heuristic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHUNK = 16_384  # points whose distances to all centres are held at a time


def assign(points: NDArray[np.float32], centres: NDArray[np.float32], minimum: int) -> NDArray[np.int32]:
    """The cluster of every point: least sum of squared distances with at least `minimum` points in every cluster.

    `points` is (n, d) and `centres` (k, d), both finite. Raises ValueError when n < k * minimum.
    """
    if len(points) < len(centres) * minimum:
        raise ValueError(f"{len(points)} points are too few for {len(centres)} clusters of at least {minimum}.")
    labels = nearest(points, centres)
    if (np.bincount(labels, minlength=len(centres)) < minimum).any():
        _Flow(points, centres, labels).fill_up_to(minimum)
    return labels


def nearest(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int32]:
    """The nearest centre of every point; of equally near ones the first."""
    half_norms = np.einsum("kd,kd->k", centres, centres) / 2
    labels = np.empty(len(points), dtype=np.int32)
    for start in range(0, len(points), CHUNK):
        labels[start : start + CHUNK] = np.argmin(half_norms - points[start : start + CHUNK] @ centres.T, axis=1)
    return labels


class _Flow:
    """The residual network of an assignment, on clusters: what it costs to move a point from one cluster to another.

    A row per centre that was asked for, which are those that lack points and few more.
    """

    def __init__(self, points: NDArray[np.float32], centres: NDArray[np.float32], labels: NDArray[np.int32]) -> None:
        self.points, self.centres, self.labels = points, centres, labels
        self.sizes = np.bincount(labels, minlength=len(centres))
        # Half the squared distance less half the square of the point: that part is the same for every centre and cancels.
        self.half_norms = np.einsum("kd,kd->k", centres, centres) / 2
        self.own = (self.half_norms[labels] - np.einsum("nd,nd->n", points, centres[labels])).astype(np.float64)
        self.row = np.full(len(centres), -1)
        self.costs: list[NDArray[np.float32]] = []  # of every point at the centre of the row
        # Of every cluster the point that moves there at the least cost, and that cost: infinite from an empty cluster.
        self.cheapest = np.empty((0, len(centres)), dtype=np.int64)
        self.moves = np.empty((0, len(centres)))
        self.stale = np.empty((0, len(centres)), dtype=bool)  # where both must be looked up again
        self.potential = np.zeros(len(centres))

    def fill_up_to(self, minimum: int) -> None:
        """Move points until no cluster has fewer than `minimum`."""
        short = np.flatnonzero(self.sizes < minimum)
        self._add_rows(short)
        for cluster in short:
            while self.sizes[cluster] < minimum:
                self._add_one(int(cluster), minimum)

    def _add_one(self, cluster: int, minimum: int) -> None:
        """Bring one point into `cluster` along the cheapest path from a cluster that can spare one."""
        distance = np.full(len(self.sizes), np.inf)
        towards = np.full(len(self.sizes), -1)
        open_distance = distance.copy()
        distance[cluster] = open_distance[cluster] = 0.0
        while True:
            here = int(np.argmin(open_distance))
            if self.sizes[here] > minimum:
                break
            reduced = np.maximum(self._moves_to(here) + self.potential[here] - self.potential, 0.0) + distance[here]
            better = reduced < distance
            distance[better] = open_distance[better] = reduced[better]
            towards[better] = here
            open_distance[here] = np.inf
        self.potential += np.minimum(distance, distance[here])
        self.sizes[here] -= 1
        self.sizes[cluster] += 1
        while here != cluster:
            there = int(towards[here])
            self._move(int(self.cheapest[self.row[there], here]), here, there)
            here = there

    def _moves_to(self, centre: int) -> NDArray[np.float64]:
        """What the cheapest move from each cluster to this one costs."""
        if self.row[centre] < 0:
            self._add_rows(np.array([centre]))
        row = self.row[centre]
        for cluster in np.flatnonzero(self.stale[row]):
            members = np.flatnonzero(self.labels == cluster)
            costs = self.costs[row][members] - self.own[members]
            best = int(np.argmin(costs)) if len(members) else -1
            self.cheapest[row, cluster] = members[best] if len(members) else -1
            self.moves[row, cluster] = costs[best] if len(members) else np.inf
        self.stale[row] = False
        return np.asarray(self.moves[row])

    def _add_rows(self, centres: NDArray[np.int64]) -> None:
        costs = self.half_norms[centres, None] - self.centres[centres] @ self.points.T
        moves = np.full((len(centres), len(self.sizes)), np.inf)
        cheapest = np.full((len(centres), len(self.sizes)), -1)
        for row, cost in enumerate(costs):
            change = cost - self.own
            order = np.lexsort((change, self.labels))
            first = order[np.flatnonzero(np.diff(self.labels[order], prepend=-1))]
            cheapest[row, self.labels[first]] = first
            moves[row, self.labels[first]] = change[first]
        self.row[centres] = len(self.costs) + np.arange(len(centres))
        self.costs.extend(costs)
        self.cheapest = np.concatenate([self.cheapest, cheapest])
        self.moves = np.concatenate([self.moves, moves])
        self.stale = np.concatenate([self.stale, np.zeros_like(moves, dtype=bool)])

    def _move(self, point: int, source: int, target: int) -> None:
        self.labels[point] = target
        self.own[point] = self.costs[self.row[target]][point]
        self.stale[self.cheapest[:, source] == point, source] = True
        change = np.array([cost[point] for cost in self.costs]) - self.own[point]
        better = change < self.moves[:, target]
        self.moves[better, target] = change[better]
        self.cheapest[better, target] = point
