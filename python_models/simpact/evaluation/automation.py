"""Does it matter that some accounts are automated? Personas and actions with them and without.

What changes is set beside controls, the same with as many other people left out at random: whoever is left out, a clustering
comes out otherwise. A figure is told when it is about `k` automated accounts and `k` others at least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.clustering.kmeans import Labels, Vectors
from simpact.clustering.personas import ClusteringSettings, cluster_users, labels_by_scale, sampled_silhouettes
from simpact.evaluation.bootstrap import Draws, Weights, in_parts, interval, mean, ratio, totals
from simpact.evaluation.divergence import js_divergence

DOMINATED = 0.2  # of a persona's people
RESAMPLES = 1000
CONTROLS = 5  # draws of other people to leave out

Bools = NDArray[np.bool_]
Figures = dict[tuple[str, int | None], Draws]  # by metric and scale, None where personas do not matter

OF_SCALES = ("rand_index", "silhouette_without", "silhouette_gain", "dominated_personas")
OF_PEOPLE = ("action_mix_shift",)
OF_SCORES = ("average_precision", "precision", "recall")

FIGURES = pa.schema(
    [
        ("metric", pa.string()),
        ("scale", pa.int32()),  # null where personas do not matter
        ("value", pa.float64()),  # null where it is about too few people
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("control_low", pa.float64()),
        ("control_high", pa.float64()),
    ]
)


class Grouped(NamedTuple):
    """People in personas at several scales. Arrays are by user number."""

    vectors: Vectors
    labels: Mapping[int, Labels]
    silhouettes: Mapping[int, NDArray[np.float64]]
    actions: NDArray[np.int64]  # (people, actions)


def measured_automation(
    vectors: Vectors, clusters: pa.Table, people: pa.Table, actions: pa.Table, settings: ClusteringSettings, k: int
) -> pa.Table:
    """Rows of FIGURES, the same ones whatever can be told.

    `vectors` are (n_users, dimensions), `clusters` rows of CLUSTERS; `people` (user_number, null out of scope, score,
    is_automated, is_self_labelled, null where nothing is known) are all who act; `actions` are (user_number, action_type,
    n_actions). Raises ValueError when a vector is not finite.
    """
    grouped = Grouped(vectors, labels_by_scale(clusters), _silhouettes(clusters), action_counts(actions, len(vectors)))
    in_scope = people.filter(pc.is_valid(people["user_number"]))
    left_out = np.zeros(len(vectors), dtype=bool)
    left_out[in_scope["user_number"].to_numpy()] = in_scope["is_automated"].to_numpy()
    found = {**_with_and_without(grouped, left_out, settings, k), **_against_labels(people, settings.seed, k)}
    names: list[tuple[str, int | None]] = [(metric, scale) for metric in OF_SCALES for scale in sorted(grouped.labels)]
    names += [(metric, None) for metric in (*OF_PEOPLE, *OF_SCORES)]
    rows: list[dict[str, Any]] = [
        {"metric": "people_left_out", "value": float(left_out.sum() // k * k) if left_out.sum() >= k else None}
    ]
    rows += [{"metric": metric, "scale": scale, **found.get((metric, scale), {})} for metric, scale in names]
    return pa.Table.from_pylist(rows, schema=FIGURES)


def _silhouettes(clusters: pa.Table) -> dict[int, NDArray[np.float64]]:
    ordered = clusters.sort_by([("scale", "ascending"), ("user_number", "ascending")])
    scales, values = ordered["scale"].to_numpy(), ordered["silhouette"].to_numpy()
    return {int(scale): values[scales == scale] for scale in np.unique(scales)}


def action_counts(actions: pa.Table, n_users: int) -> NDArray[np.int64]:
    """How often each user did each of ACTION_TYPES, (n_users, actions), from (user_number, action_type, n_actions)."""
    counts = np.zeros((n_users, len(ACTION_TYPES)), dtype=np.int64)
    columns = [ACTION_TYPES.index(action) for action in actions["action_type"].to_pylist()]
    counts[actions["user_number"].to_numpy(), columns] = actions["n_actions"].to_numpy()
    return counts


def _with_and_without(
    grouped: Grouped, left_out: Bools, settings: ClusteringSettings, k: int
) -> dict[tuple[str, int | None], dict[str, float | None]]:
    if not grouped.labels or min(left_out.sum(), (~left_out).sum()) < k:
        return {}
    others = np.flatnonzero(~left_out)
    rng = np.random.default_rng(settings.seed)
    by_chance = []
    for _ in range(CONTROLS):
        control = np.zeros_like(left_out)
        control[rng.choice(others, min(left_out.sum(), len(others) - 1), replace=False)] = True
        by_chance.append(_what_changes(grouped, control, settings, resamples=0))
    return {
        name: _row(draws, [float(chance[name][0]) for chance in by_chance if name in chance])
        for name, draws in _what_changes(grouped, left_out, settings, RESAMPLES).items()
    }


def _row(draws: Draws, controls: Sequence[float] = ()) -> dict[str, float | None]:
    low, high = interval(draws)
    value = float(draws[0]) if np.isfinite(draws[0]) else None
    row = {"value": value, "ci_low": low, "ci_high": high}
    return {**row, "control_low": min(controls), "control_high": max(controls)} if controls else row


def _what_changes(grouped: Grouped, left_out: Bools, settings: ClusteringSettings, resamples: int) -> Figures:
    kept = np.flatnonzero(~left_out)
    anew = cluster_users(grouped.vectors[kept], settings)
    silhouettes = {scale: sampled_silhouettes(grouped.vectors[kept], labels, settings.seed) for scale, labels in anew.items()}

    def figures(weights: Weights) -> Figures:
        rest, found = weights[:, kept], Figures()
        for scale, labels in grouped.labels.items():
            found["dominated_personas", scale] = dominated_share(weights, labels, left_out)
            if scale in anew:
                found["rand_index", scale] = rand_index(rest, labels[kept], anew[scale])
                found["silhouette_without", scale] = _mean_known(rest, silhouettes[scale])
                before = _mean_known(weights, grouped.silhouettes[scale])
                found["silhouette_gain", scale] = found["silhouette_without", scale] - before
        found["action_mix_shift", None] = js_divergence(weights @ grouped.actions, rest @ grouped.actions[kept])
        return found

    return in_parts(figures, grouped.labels[max(grouped.labels)], resamples, settings.seed)


def _mean_known(weights: Weights, values: NDArray[np.float64]) -> Draws:
    known = np.isfinite(values)
    return mean(weights[:, known], values[known])


def rand_index(weights: Weights, one: Labels, other: Labels) -> Draws:
    """The adjusted Rand index (Hubert and Arabie 1985) of two groupings of the same people, on every draw.

    Pairs are of two different people, weighted by how often each was drawn: who was drawn twice does not agree with themselves.
    """
    people, size = np.arange(len(one)), int(other.max()) + 1

    def pairs(cells: Labels) -> NDArray[np.float64]:
        n_cells = int(cells.max()) + 1
        sums, squares = (totals(w, people, cells, n_cells) for w in (weights, np.square(weights)))
        return np.asarray((np.square(sums) - squares).sum(axis=1) / 2)

    both, first, second, everybody = (pairs(c) for c in (one * size + other, one, other, np.zeros_like(one)))
    expected = ratio(first * second, everybody)
    return ratio(both - expected, (first + second) / 2 - expected)


def dominated_share(weights: Weights, labels: Labels, automated: Bools) -> Draws:
    """The share of personas more than DOMINATED of whose people are automated, on every draw."""
    people, n_personas = np.arange(len(labels)), int(labels.max()) + 1
    of_persona = totals(weights, people, labels, n_personas)
    of_automated = totals(weights, people, labels, n_personas, automated)
    return np.asarray((of_automated > DOMINATED * of_persona).mean(axis=1))


def _against_labels(people: pa.Table, seed: int, k: int) -> dict[tuple[str, int | None], dict[str, float | None]]:
    known = people.filter(pc.is_valid(people["is_self_labelled"])).sort_by([("score", "descending")])
    scores, found = known["score"].to_numpy(), known["is_automated"].to_numpy()
    labelled = known["is_self_labelled"].to_numpy()
    if min(labelled.sum(), (~labelled).sum(), (found & labelled).sum()) < k:
        return {}

    def figures(weights: Weights) -> Figures:
        hits = weights @ (found & labelled)
        told: Figures = {("average_precision", None): average_precision(weights, labelled, scores)}
        told["recall", None] = ratio(hits, weights @ labelled)
        if found.sum() >= k:
            told["precision", None] = ratio(hits, weights @ found)
        return told

    together = np.zeros(len(scores), dtype=np.int64)
    return {name: _row(draws) for name, draws in in_parts(figures, together, RESAMPLES, seed).items()}


def average_precision(weights: Weights, labelled: Bools, scores: NDArray[np.float64]) -> Draws:
    """Average precision of scores in falling order, on every draw: precision at each score, weighted by the recall it adds."""
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))  # of people with the same score
    hits = (weights * labelled).cumsum(axis=1)[:, last]
    precision = ratio(hits, weights.cumsum(axis=1)[:, last])
    added = np.diff(hits, axis=1, prepend=0)
    return ratio(np.nansum(precision * added, axis=1), hits[:, -1])
