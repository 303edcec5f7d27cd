"""Group users into personas at several scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simpact.clustering.assignment import nearest
from simpact.clustering.kmeans import Labels, Vectors, centres_of, distances_to, kmeans
from simpact.clustering.nesting import merge

SILHOUETTE_SAMPLE = 10_000  # users whose silhouettes are computed, among themselves: the cost is its square

CLUSTERS = pa.schema(
    [
        ("user_number", pa.int64()),
        ("scale", pa.int32()),
        ("cluster_id", pa.int32()),
        ("distance", pa.float64()),
        ("nearest_cluster_id", pa.int32()),
        ("silhouette", pa.float64()),
    ]
)


class ClusteringSettings(NamedTuple):
    """How users become personas, as in dbt_project.yml."""

    scales: tuple[int, ...]  # how many personas
    minimum: int  # people in each
    seed: int
    nested: bool = True  # a coarser scale merges the personas of a finer one; otherwise each scale is clustered for itself
    shuffled: bool = False  # the control: users change places at random, sizes stay
    library_below: int = 0  # users times personas up to which k-means-constrained does it

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> ClusteringSettings:
        """From the settings of the project, by their names there."""
        return cls(
            scales=tuple(settings["persona_scales"]),
            minimum=settings["min_persona_size"],
            seed=settings["seed"],
            nested=settings["personas"] == "nested",
            shuffled=settings["grouping"] == "random",
            library_below=settings["clustering_library_below"],
        )


def feasible_scales(scales: tuple[int, ...], n_users: int, minimum: int) -> list[int]:
    """The scales that so many users can fill, the finest first."""
    return sorted({scale for scale in scales if scale * minimum <= n_users}, reverse=True)


def cluster_users(vectors: Vectors, settings: ClusteringSettings) -> dict[int, Labels]:
    """The cluster of every user at every feasible scale; `vectors` is (n_users, dimensions).

    Raises ValueError when a vector is not finite.
    """
    scales = feasible_scales(settings.scales, len(vectors), settings.minimum)
    if not scales:
        return {}
    if settings.nested:
        finest = kmeans(vectors, scales[0], settings.minimum, settings.seed, settings.library_below)
        merged = merge(finest.centres, np.bincount(finest.labels), scales)
        found = {scale: merged[scale][finest.labels] for scale in scales}
    else:
        found = {
            scale: kmeans(vectors, scale, settings.minimum, settings.seed, settings.library_below).labels for scale in scales
        }
    if settings.shuffled:
        places = np.random.default_rng(settings.seed).permutation(len(vectors))
        found = {scale: labels[places] for scale, labels in found.items()}
    return found


def sampled_silhouettes(vectors: Vectors, labels: Labels, seed: int) -> NDArray[np.float64]:
    """The silhouette of up to `SILHOUETTE_SAMPLE` users among each other (Rousseeuw 1987, Euclidean).

    NaN for the others, and for one who is alone of their cluster in the sample: the 0 of the definition is for clusters of one.
    """
    from sklearn.metrics import silhouette_samples

    found = np.full(len(vectors), np.nan)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(vectors))[:SILHOUETTE_SAMPLE])
    if 1 < len(np.unique(labels[chosen])) < len(chosen):
        found[chosen] = silhouette_samples(vectors[chosen], labels[chosen])
        found[chosen[np.bincount(labels[chosen])[labels[chosen]] == 1]] = np.nan
    return found


def clusters_table(vectors: Vectors, settings: ClusteringSettings) -> pa.Table:
    """Rows of CLUSTERS, one per user and scale.

    `nearest_cluster_id` differs where the minimum size moved a user; it is null where clusters are merged ones, or shuffled.
    """
    tables = []
    scales = cluster_users(vectors, settings)
    for scale, labels in scales.items():
        centres = centres_of(vectors, labels, scale)
        is_clustered = not settings.shuffled and (not settings.nested or scale == max(scales))
        is_bound = np.bincount(labels).min() == settings.minimum  # otherwise the bound moved nobody
        silhouettes = sampled_silhouettes(vectors, labels, settings.seed)
        columns = [
            pa.array(np.arange(len(vectors))),
            pa.array(np.full(len(vectors), scale, dtype=np.int32)),
            pa.array(labels),
            pa.array(distances_to(vectors, labels, centres)),
            pa.array(nearest(vectors, centres) if is_bound else labels) if is_clustered else pa.nulls(len(vectors), pa.int32()),
            pa.array(silhouettes, from_pandas=True),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=CLUSTERS))
    return pa.concat_tables(tables) if tables else CLUSTERS.empty_table()


def labels_by_scale(clusters: pa.Table) -> dict[int, Labels]:
    """The cluster of every user at each scale, from rows of CLUSTERS."""
    ordered = clusters.sort_by([("scale", "descending"), ("user_number", "ascending")])
    scales, labels = ordered["scale"].to_numpy(), ordered["cluster_id"].to_numpy()
    return {int(scale): labels[scales == scale] for scale in np.unique(scales)[::-1]}
