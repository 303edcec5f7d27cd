"""A map of personas from released words alone: near to each other lie those whose people write alike.

A persona is the shares of the common words in its released actions. Shares are drawn towards those of everybody, the more the
fewer words there are, so that few words do not make an island. Distances are Hellinger's (of the roots of the shares), and
metric scaling lays them out: neither embeddings nor people of the private database have a part in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simpact.report.figures import Row

Array = npt.NDArray[np.float64]

DRAWN_BY = 200.0  # words of everybody added to each persona's
LEAST = 4  # personas; fewer need no map


def lay_out(words: Sequence[Row]) -> tuple[dict[int, tuple[float, float]], float]:
    """Places by persona from rows of persona_words, and how far the map bends distances: Kruskal's stress, 0 for not at all.

    No places, and a stress of 0, for fewer than LEAST personas. The same rows give the same map.
    """
    ids, at = np.unique([row["persona_id"] for row in words], return_inverse=True)
    if len(ids) < LEAST:
        return {}, 0.0
    counts = np.zeros((len(ids), 1 + max(row["word_number"] for row in words)))
    counts[at, [row["word_number"] for row in words]] = [row["n"] for row in words]
    wanted = hellinger(counts)
    places = _scaled(wanted)
    bent = _distances(places)
    stress = float(np.sqrt(((bent - wanted) ** 2).sum() / (wanted**2).sum()))
    return {int(persona): (float(x), float(y)) for persona, (x, y) in zip(ids, places, strict=True)}, stress


def hellinger(counts: Array) -> Array:
    """Distances, from 0 to 1, of the rows of a matrix of counts."""
    everybody = counts.sum(axis=0) / counts.sum()
    shares = counts + DRAWN_BY * everybody
    roots = np.sqrt(shares / shares.sum(axis=1, keepdims=True))
    distances: Array = np.sqrt(np.clip(1 - roots @ roots.T, 0, None))
    return distances


def _scaled(wanted: Array, steps: int = 200, enough: float = 1e-5) -> Array:
    """Two dimensions that keep distances as well as they can: classical scaling, then SMACOF from there (de Leeuw 1977)."""
    n = len(wanted)
    centred = wanted**2
    centred = -0.5 * (centred - centred.mean(axis=0) - centred.mean(axis=1, keepdims=True) + centred.mean())
    values, vectors = np.linalg.eigh(centred)
    vectors *= np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(n)])  # a mirror image is another map
    places: Array = vectors[:, :-3:-1] * np.sqrt(np.clip(values[:-3:-1], 1e-12, None))
    before = np.inf
    for _ in range(steps):
        bent = _distances(places)
        now = float(((bent - wanted) ** 2).sum())
        if before - now < enough * now:
            break
        before = now
        ratio = np.divide(wanted, bent, out=np.zeros_like(wanted), where=bent > 0)
        places = (np.diag(ratio.sum(axis=1)) - ratio) @ places / n
    return places


def _distances(places: Array) -> Array:
    squares = (places**2).sum(axis=1)
    distances: Array = np.sqrt(np.clip(squares + squares[:, None] - 2 * places @ places.T, 0, None))
    np.fill_diagonal(distances, 0)
    return distances
