"""Is a clustering worth anything? Figures that say so, one row per scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from simpact.clustering.assignment import nearest
from simpact.clustering.kmeans import Labels, Vectors, centres_of, inertia_of
from simpact.clustering.personas import ClusteringSettings, cluster_users, sampled_silhouettes


@dataclass(frozen=True)
class Scores:
    """What one scale is worth. Stability and agreement are adjusted Rand indices: 1 for the same groups, 0 for chance."""

    scale: int
    inertia: float  # mean squared distance to the own centre
    davies_bouldin: float | None  # lower is better; none for a single cluster
    seed_stability: float  # agreement of two seeds
    half_stability: float | None  # agreement of two halves of each user's posts, each sent to the nearest centre
    independent_inertia: float | None  # of the same scale clustered for itself, where the clusters are nested
    independent_silhouette: float | None


SCORES = pa.schema(
    [("scale", pa.int32()), *((name, pa.float64()) for name in list(Scores.__annotations__)[1:])],
)


def scores_table(
    vectors: Vectors, halves: tuple[Vectors, Vectors], scales: Mapping[int, Labels], settings: ClusteringSettings
) -> pa.Table:
    """Rows of SCORES for the clusterings in `scales`. The halves hold a zero vector where a user has only one post."""
    other_seed = cluster_users(vectors, settings._replace(seed=settings.seed + 1))
    independent = {}
    if settings.nested and not settings.shuffled:
        coarser = tuple(scale for scale in scales if scale != max(scales))
        independent = cluster_users(vectors, settings._replace(nested=False, scales=coarser))
    rows = [
        asdict(_score(vectors, halves, labels, other_seed[scale], independent.get(scale), settings.seed))
        for scale, labels in scales.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCORES)


def _score(
    vectors: Vectors, halves: tuple[Vectors, Vectors], labels: Labels, other: Labels, independent: Labels | None, seed: int
) -> Scores:
    from sklearn.metrics import adjusted_rand_score, davies_bouldin_score

    scale = int(labels.max()) + 1
    centres = centres_of(vectors, labels, scale)
    in_both = halves[0].any(axis=1) & halves[1].any(axis=1)
    sent = [nearest(half[in_both], centres) for half in halves]
    return Scores(
        scale=scale,
        inertia=inertia_of(vectors, labels, centres) / len(vectors),
        davies_bouldin=float(davies_bouldin_score(vectors, labels)) if 1 < scale < len(vectors) else None,
        seed_stability=float(adjusted_rand_score(labels, other)),
        half_stability=float(adjusted_rand_score(*sent)) if in_both.sum() > 1 else None,
        independent_inertia=None
        if independent is None
        else inertia_of(vectors, independent, centres_of(vectors, independent, scale)) / len(vectors),
        independent_silhouette=None
        if independent is None or scale == 1
        else float(np.nanmean(sampled_silhouettes(vectors, independent, seed))),
    )
