"""k-means with a minimum size: least-cost steps, nested scales, and scores that know structure from none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from simpact.clustering.assignment import assign
from simpact.clustering.kmeans import kmeans
from simpact.clustering.nesting import merge
from simpact.clustering.personas import ClusteringSettings, cluster_users, clusters_table, labels_by_scale
from simpact.clustering.scores import scores_table

SETTINGS = ClusteringSettings(scales=(2, 5, 20), minimum=10, seed=1)


def unit(vectors: NDArray) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def blobs(n: int, groups: int, noise: float, seed: int = 0, dimensions: int = 16) -> tuple[NDArray[np.float32], NDArray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, groups, n)
    return unit(rng.normal(size=(groups, dimensions))[truth] + noise * rng.normal(size=(n, dimensions))), truth


def cost(points: NDArray, centres: NDArray, labels: NDArray) -> float:
    return float(np.square(points.astype(float) - centres[labels].astype(float)).sum())


def optimum(points: NDArray, centres: NDArray, minimum: int) -> float:
    """The same problem as a min-cost flow over all points and clusters, solved by OR-tools."""
    n, k = len(points), len(centres)
    distances = np.square(points[:, None].astype(float) - centres[None].astype(float)).sum(axis=2)
    scale = 1e9 / max(distances.max(), 1e-9)
    flow = SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.repeat(np.arange(n), k),
        np.tile(n + np.arange(k), n),
        np.ones(n * k, dtype=int),
        np.round(distances * scale).astype(np.int64).ravel(),
    )
    flow.add_arcs_with_capacity_and_unit_cost(n + np.arange(k), np.full(k, n + k), np.full(k, n), np.zeros(k, dtype=int))
    flow.set_nodes_supplies(np.arange(n + k + 1), [*[1] * n, *[-minimum] * k, k * minimum - n])
    assert flow.solve() == flow.OPTIMAL
    return float(flow.optimal_cost() / scale)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_assignment_costs_what_the_optimum_costs(data: st.DataObject) -> None:
    """Points and centres from a coarse grid: duplicates, ties, empty clusters, and no slack at all."""
    k = data.draw(st.integers(1, 8))
    minimum = data.draw(st.integers(0, 6))
    n = max(1, k * minimum + data.draw(st.integers(0, 10)))
    coordinate = st.integers(0, 3)
    points = np.array(data.draw(st.lists(st.tuples(coordinate, coordinate), min_size=n, max_size=n)), dtype=np.float32)
    centres = np.array(data.draw(st.lists(st.tuples(coordinate, coordinate), min_size=k, max_size=k)), dtype=np.float32)
    labels = assign(points, centres, minimum)
    assert np.bincount(labels, minlength=k).min() >= minimum
    assert cost(points, centres, labels) == pytest.approx(optimum(points, centres, minimum), abs=1e-5)


@pytest.mark.parametrize(("n", "k"), [(1000, 10), (1000, 60), (600, 60)])
@pytest.mark.parametrize("kind", ["random", "few distinct", "half of the centres far away"])
def test_large_and_adversarial_assignments_are_optimal(n: int, k: int, kind: str) -> None:
    rng = np.random.default_rng(n + k)
    points = unit(rng.normal(size=(n, 8)))
    if kind == "few distinct":
        points = points[rng.integers(0, 20, n)]
    centres = points[rng.permutation(n)[:k]].copy()
    if kind == "half of the centres far away":
        centres[: k // 2] += 5
    labels = assign(points, centres, 10)
    assert np.bincount(labels, minlength=k).min() >= 10
    assert cost(points, centres, labels) == pytest.approx(optimum(points, centres, 10), rel=1e-5)


def test_what_cannot_be_clustered_is_told() -> None:
    points, _ = blobs(50, 3, 0.1)
    with pytest.raises(ValueError, match="50 points are too few for 6 clusters of at least 10"):
        assign(points, points[:6], 10)
    points[7, 3] = np.nan
    with pytest.raises(ValueError, match="1 of 50 vectors are not finite"):
        kmeans(points, 2, 10, seed=1)


@pytest.mark.parametrize("library_below", [0, 10**9], ids=["ours", "library"])
def test_every_cluster_has_the_minimum_and_groups_are_found(library_below: int) -> None:
    from sklearn.metrics import adjusted_rand_score

    points, truth = blobs(600, 6, 0.15)
    found = kmeans(points, 6, 10, seed=1, library_below=library_below)
    assert np.bincount(found.labels).min() >= 10
    assert adjusted_rand_score(truth, found.labels) > 0.95
    assert found.inertia == pytest.approx(cost(points, found.centres, found.labels), rel=1e-5)
    again = kmeans(points, 6, 10, seed=1, library_below=library_below)
    assert (again.labels == found.labels).all()


def test_we_are_no_worse_than_the_library() -> None:
    points, _ = blobs(500, 30, 0.5)
    assert kmeans(points, 40, 10, seed=1).inertia <= 1.01 * kmeans(points, 40, 10, seed=1, library_below=10**9).inertia


def test_fewer_distinct_people_than_clusters_are_still_clustered() -> None:
    points = np.repeat(blobs(3, 3, 0.1)[0], 40, axis=0)
    assert np.bincount(kmeans(points, 12, 10, seed=1).labels).tolist() == [10] * 12


def test_nested_memberships_form_a_path() -> None:
    points, _ = blobs(400, 12, 0.5)
    found = cluster_users(points, SETTINGS)
    assert list(found) == [20, 5, 2]
    for finer, coarser in ((20, 5), (5, 2)):
        pairs = set(zip(found[finer].tolist(), found[coarser].tolist(), strict=True))
        assert len(pairs) == finer
        assert len({coarse for _, coarse in pairs}) == coarser


def test_merging_takes_the_cheapest_union_first() -> None:
    centres = np.array([[0.0], [1.0], [10.0], [10.5]], dtype=np.float32)
    sizes = np.array([1, 1, 50, 50])
    assert merge(centres, sizes, [3])[3].tolist() == [0, 0, 1, 2]  # 0.5 for the two small ones, 6.25 for the two large ones


def test_scales_that_the_users_cannot_fill_are_left_out() -> None:
    points, _ = blobs(60, 3, 0.1)
    assert list(cluster_users(points, SETTINGS)) == [5, 2]
    assert cluster_users(points[:9], SETTINGS) == {}
    assert clusters_table(points[:9], SETTINGS).num_rows == 0


def test_the_control_keeps_the_sizes_and_the_path() -> None:
    points, _ = blobs(400, 12, 0.3)
    found, control = cluster_users(points, SETTINGS), cluster_users(points, SETTINGS._replace(shuffled=True))
    for scale in found:
        assert (np.bincount(found[scale]) == np.bincount(control[scale])).all()
        assert (found[scale] != control[scale]).mean() > 0.3
    assert len(set(zip(control[20].tolist(), control[2].tolist(), strict=True))) == 20


def scored(points: NDArray[np.float32], **changes: object) -> dict[int, dict[str, float]]:
    settings = SETTINGS._replace(**changes)  # type: ignore[arg-type]
    table = clusters_table(points, settings)
    noise = 0.2 * np.random.default_rng(5).normal(size=(2, *points.shape))
    halves = unit(points + noise[0]), unit(points + noise[1])
    scores = scores_table(points, halves, labels_by_scale(table), settings).to_pylist()
    frame = table.to_pandas().groupby("scale")["silhouette"].mean()
    return {row["scale"]: row | {"silhouette": frame[row["scale"]]} for row in scores}


def test_scores_tell_structure_from_none() -> None:
    groups = scored(blobs(400, 5, 0.15)[0], scales=(5,))[5]
    assert groups["silhouette"] > 0.5 and groups["seed_stability"] > 0.95 and groups["half_stability"] > 0.9
    nothing = scored(unit(np.random.default_rng(3).normal(size=(400, 64))), scales=(5,))[5]
    assert nothing["silhouette"] < 0.05 and nothing["seed_stability"] < 0.2
    assert nothing["davies_bouldin"] > 2 * groups["davies_bouldin"]
    control = scored(blobs(400, 5, 0.15)[0], scales=(5,), shuffled=True)[5]
    assert control["silhouette"] < 0 and control["half_stability"] < groups["half_stability"]


def test_one_who_is_alone_in_the_sample_has_no_silhouette(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simpact.clustering.personas.SILHOUETTE_SAMPLE", 4)
    points, _ = blobs(60, 6, 0.1)
    table = clusters_table(points, SETTINGS._replace(scales=(6,))).to_pandas()
    sampled = table["silhouette"].notna().sum()
    assert sampled < 4 and not (table["silhouette"] == 0).any()


def test_what_nesting_costs_is_reported() -> None:
    scores = scored(blobs(400, 12, 0.5)[0])
    assert scores[20]["independent_inertia"] is None
    assert 0 < scores[5]["independent_inertia"] <= 1.02 * scores[5]["inertia"]
    assert scored(blobs(400, 12, 0.5)[0], nested=False)[5]["independent_inertia"] is None
