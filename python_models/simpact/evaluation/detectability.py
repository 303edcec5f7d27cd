"""Can a classifier tell generated from real texts? And by what?

A two-sample test by classifier (Lopez-Paz and Oquab 2017): an AUC of 0.5 means that it cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simpact.evaluation.bootstrap import Draws, Weights, ratio

FOLDS = 5
TELLS = 10  # each way
LONGEST_TELL = 30  # characters: longer ones are words that nobody speaks, such as what is left of a link

Bools = NDArray[np.bool_]
Codes = NDArray[np.integer[Any]]


class Ngrams(NamedTuple):
    """Counts of n-grams in texts: two sparse matrices (texts, n-grams), and what the words are."""

    words: Any
    characters: Any
    names: NDArray[np.object_]  # of the words

    def of(self, numbers: Codes) -> Ngrams:
        """The same of those texts."""
        return Ngrams(self.words[numbers], self.characters[numbers], self.names)


class Tell(NamedTuple):
    """An n-gram and its weight: positive for generated texts, negative for real ones."""

    ngram: str
    weight: float


def folds(n_people: int, seed: int) -> Codes:
    """The fold of every person. All texts of a person, and those generated for their prompts, are in one."""
    return np.random.default_rng([seed, 2]).permutation(n_people) % FOLDS


def ngrams(texts: Sequence[str]) -> Ngrams:
    """Words and marks, one and two in a row, and two to four characters within a word, that two texts and more have."""
    from sklearn.feature_extraction.text import CountVectorizer

    found = [
        CountVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]", dtype=np.float32),
        CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), dtype=np.float32),
    ]
    counts = [vectorizer.fit_transform(texts).tocsc() for vectorizer in found]
    shared = [np.diff(by_column.indptr) > 1 for by_column in counts]
    words, characters = (by_column[:, kept].tocsr() for by_column, kept in zip(counts, shared, strict=True))
    return Ngrams(words, characters, found[0].get_feature_names_out()[shared[0]])


def scores_by_embedding(vectors: NDArray[np.float32], is_generated: Bools, fold: Codes) -> NDArray[np.float64]:
    """How generated each text looks to a classifier that saw the other folds, from unit vectors (texts, dimensions).

    NaN where the other folds do not have both kinds.
    """
    centred = vectors - vectors.mean(axis=0)
    scale = np.sqrt(np.square(centred).mean()) or 1.0
    return _out_of_fold((centred / scale).astype(np.float64), is_generated, fold, _dense_classifier)


def scores_by_ngrams(found: Ngrams, is_generated: Bools, fold: Codes) -> NDArray[np.float64]:
    """The same from n-grams of words and of characters."""
    from scipy.sparse import hstack

    counts = hstack([found.words, found.characters], format="csr")
    if not counts.shape[1]:
        return np.full(len(is_generated), np.nan)
    return _out_of_fold(_tfidf(counts), is_generated, fold, _sparse_classifier)


def auc(scores: NDArray[np.float64], is_generated: Bools, fold: Codes, weights: Weights) -> Draws:
    """The chance that a generated text looks more generated than a real one of the same fold; ties count half.

    Scores of different classifiers are not compared: their thresholds differ by the kinds they happened to see.
    """
    wins, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for number in range(FOLDS):
        inside = np.flatnonzero((fold == number) & np.isfinite(scores))
        if not len(inside):
            continue
        inside = inside[np.argsort(scores[inside], kind="stable")]
        starts = np.flatnonzero(np.diff(scores[inside], prepend=-np.inf))  # of runs of equal scores
        generated = np.add.reduceat(weights[:, inside] * is_generated[inside], starts, axis=1)
        real = np.add.reduceat(weights[:, inside] * ~is_generated[inside], starts, axis=1)
        wins += (generated * (np.cumsum(real, axis=1) - real / 2)).sum(axis=1)
        pairs += generated.sum(axis=1) * real.sum(axis=1)
    return ratio(wins, pairs)


def tells(found: Ngrams, is_generated: Bools, people: Codes, k: int, seed: int) -> list[Tell]:
    """The words that most give generated texts away, and those that most give real ones away, of heaviest weight first.

    One or two in a row, and only those that the texts of `k` people and more have, on the side that they give away: what is
    shown is nobody's own wording. `people` says whose text, or whose prompt, each row is.
    """
    if len(np.unique(is_generated)) < 2 or not len(found.names):
        return []
    ours = _people_with(found.words[is_generated], people[is_generated])
    theirs = _people_with(found.words[~is_generated], people[~is_generated])
    weights = _sparse_classifier(seed).fit(_tfidf(found.words), is_generated).coef_[0]
    is_short = np.array([len(name) <= LONGEST_TELL for name in found.names], dtype=bool)
    told = []
    for sign, spoken_by in ((1, ours), (-1, theirs)):
        allowed = np.flatnonzero((spoken_by >= k) & (sign * weights > 0) & is_short)
        heaviest = allowed[np.argsort(-sign * weights[allowed], kind="stable")][:TELLS]
        told += [Tell(str(found.names[place]), float(weights[place])) for place in heaviest]
    return told


def _people_with(counts: Any, people: Codes) -> NDArray[np.intp]:
    """How many people have each n-gram in a text."""
    from scipy.sparse import csr_array

    _, own = np.unique(people, return_inverse=True)
    of_person = csr_array((np.ones(len(own)), (own, np.arange(len(own)))))
    return np.asarray(((of_person @ counts) > 0).sum(axis=0)).ravel()


def _out_of_fold(vectors: Any, is_generated: Bools, fold: Codes, classifier: Any) -> NDArray[np.float64]:
    scores = np.full(len(is_generated), np.nan)
    for number in np.unique(fold):
        inside = fold == number
        if len(np.unique(is_generated[~inside])) == 2:
            scores[inside] = (
                classifier(int(number)).fit(vectors[~inside], is_generated[~inside]).decision_function(vectors[inside])
            )
    return scores


def _tfidf(counts: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfTransformer

    return TfidfTransformer(sublinear_tf=True).fit_transform(counts)


def _dense_classifier(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    # Hundreds of dimensions and as many texts: without a strong penalty it learns the texts by heart.
    return LogisticRegression(C=0.01, class_weight="balanced", tol=1e-3, random_state=seed)


def _sparse_classifier(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10, class_weight="balanced", solver="liblinear", random_state=seed)
