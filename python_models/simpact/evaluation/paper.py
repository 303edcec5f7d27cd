"""The figures of the paper, as its code computes them (arXiv 2510.02343, `evaluating/compute_metrics.py`).

They are kept for comparison with the published numbers, quirks included; the corrected figures stand beside them. Rows without
text are empty strings here. Weights are (draws, rows) throughout, and a figure is one value per draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.evaluation.bootstrap import Draws, Weights, mean, ratio

LABELS = ("post", "reply", "like", "repost", "follow", "ignore")  # reply is never produced, nor is ignore by a real person
COLLAPSED = np.array([LABELS.index(name) if name in ("like", "repost", "follow") else 0 for name in ACTION_TYPES])  # by action
EDGES = np.linspace(0, 2, 50)  # of the bins of cosine distances
BINS = len(EDGES) - 1
TOP_TERMS = 100
LEAST_DOCUMENTS, MOST_DOCUMENTS = 2, 0.95  # min_df, max_df


def unit(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """Vectors (n, dimensions) of length 1; zero stays zero."""
    wide = vectors.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.asarray(np.divide(wide, norms, out=np.zeros_like(wide), where=norms != 0))


def f1(confusion: NDArray[np.float64]) -> Draws:
    """The paper's F1: every mismatch is a false positive and a false negative, so it is the accuracy over LABELS.

    `confusion` is (draws, labels, labels), gold by predicted. 0 when nothing matches, where its code divides by zero.
    """
    return ratio(np.trace(confusion, axis1=1, axis2=2), confusion.sum(axis=(1, 2)))


def macro_f1(confusion: NDArray[np.float64]) -> Draws:
    """The mean F1 over the labels present in gold or prediction: 0.349 and 0.343 on the paper's public outputs."""
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    marks = confusion.sum(axis=1) + confusion.sum(axis=2)
    return ratio(2 * np.nansum(ratio(hits, marks), axis=1), (marks > 0).sum(axis=1))


def mean_vectors(vectors: NDArray[Any], weights: Weights) -> NDArray[np.float64]:
    """The mean vector on every draw, (draws, dimensions)."""
    return mean(weights, vectors.astype(np.float64))


def mean_cosine(generated: NDArray[np.float64], real: NDArray[np.float64]) -> Draws:
    """The cosine of two mean vectors, each (draws, dimensions)."""
    norms = np.linalg.norm(generated, axis=1) * np.linalg.norm(real, axis=1)
    return ratio((generated * real).sum(axis=1), norms)


def max_cosine(generated: NDArray[Any], real: NDArray[Any], generated_weights: Weights, real_weights: Weights) -> Draws:
    """The cosine of the closest pair of all: one pair decides it, and an empty text on either side makes it 1."""
    cosines = np.clip(unit(generated) @ unit(real).T, -1, 1)
    found = np.full(len(generated_weights), np.nan)
    for draw, (ours, theirs) in enumerate(zip(generated_weights > 0, real_weights > 0, strict=True)):
        if ours.any() and theirs.any():
            found[draw] = cosines[np.ix_(ours, theirs)].max()
    return found


def pair_histogram(vectors: NDArray[Any], weights: Weights) -> NDArray[np.float64]:
    """The histogram (draws, BINS) of the cosine distances of all pairs of different rows, each pair once.

    A pair weighs the product of its rows' weights: a text that is drawn twice makes no pair with its own copy.
    """
    directions = unit(vectors)
    first, second = np.triu_indices(len(directions), k=1)
    distances = np.clip(1 - directions @ directions.T, 0, 2)[first, second]
    bins = np.minimum(np.searchsorted(EDGES, distances, side="right") - 1, BINS - 1)
    counts = [np.bincount(bins, weights=row[first] * row[second], minlength=BINS) for row in weights]
    return np.array(counts, dtype=np.float64)


def with_diagonal(histogram: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """The same over the whole matrix of distances: every pair twice, and the 0 of each row to itself."""
    found = 2 * histogram
    found[:, 0] += weights.sum(axis=1)  # rounding leaves some of these below 0 in the paper's code, which loses them
    return found


def inverse_document_frequencies(documents: Any) -> NDArray[np.float64]:
    """ln((1 + n) / (1 + df)) + 1 for the terms of `documents`, a sparse matrix of counts (documents, terms).

    NaN for a term in fewer than two documents or in more than 95 % of them, which the paper's vectoriser leaves out.
    """
    n = documents.shape[0]
    df = np.asarray((documents > 0).sum(axis=0)).ravel()
    kept = (df >= LEAST_DOCUMENTS) & (df <= MOST_DOCUMENTS * n)
    return np.where(kept, np.log((1 + n) / (1 + df)) + 1, np.nan)


def top_terms(counts: Any, weights: Weights, idf: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The 100 terms of highest TF-IDF of the concatenated texts: (draws, terms).

    `counts` is a sparse matrix (texts, terms) with the terms in alphabetical order. A document of fewer terms is filled up with
    terms that it does not have, as the paper's code does; ours are the last of the alphabet, as ties are in general.
    """
    has_it = np.zeros(counts.shape[1], dtype=bool)
    has_it[counts.indices] = True
    has_it[-TOP_TERMS:] = True  # what a document is filled up with
    candidates = np.flatnonzero(has_it)
    scores = (counts[:, candidates].T @ weights.T).T * idf[candidates]
    best = np.argsort(scores, axis=1, kind="stable")[:, -TOP_TERMS:]
    found = np.zeros((len(weights), counts.shape[1]), dtype=bool)
    np.put_along_axis(found, candidates[best], True, axis=1)
    return found


def jaccard(generated: NDArray[np.bool_], real: NDArray[np.bool_]) -> Draws:
    """|A ∩ B| / |A ∪ B| of two sets of terms, each (draws, terms)."""
    return ratio((generated & real).sum(axis=1), (generated | real).sum(axis=1))


def diagonality(matrix: NDArray[np.float64]) -> float:
    """How far adapter i fits persona i best: Σ diagonal / Σ all of a figure by persona and adapter. 0 for a matrix of zeros.

    1 / K for K adapters that are all alike. The figure must be one of which more is better: see `inverted`.
    """
    total = float(matrix.sum())
    return float(np.trace(matrix)) / total if total else 0.0


def inverted(js: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + JS), which the paper puts into the diagonality in place of the divergence."""
    return np.asarray(1 / (1 + js))
