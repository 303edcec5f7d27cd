"""Texts as sets, and text by text: do generated texts say what real ones say, as variously, and without copying?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simpact.evaluation import lexical, paper
from simpact.evaluation.bootstrap import Draws, Weights
from simpact.evaluation.divergence import js_divergence

Embed: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]
Numbers: TypeAlias = NDArray[np.integer[Any]]  # places in Corpus.texts

BLOCK = 2048  # texts whose cosines to all others are in memory at once


class Corpus:
    """All different texts of an evaluation, each embedded and split into words once."""

    def __init__(self, texts: Sequence[str], embed: Embed, documents: Sequence[Numbers]) -> None:
        """`documents` are the texts that are joined for the TF-IDF of the paper: one for every persona and model."""
        from sklearn.feature_extraction.text import CountVectorizer

        self.texts = list(texts)
        self.vectors = np.asarray(embed(self.texts), dtype=np.float32)
        self.features = lexical.features(self.texts)
        words = CountVectorizer()  # the defaults of the paper's vectoriser: lower case, words of two characters and more
        tokens = words.build_analyzer()
        has_words = any(tokens(text) for text in self.texts)
        self.words = words.fit_transform(self.texts) if has_words else _no_words(len(self.texts))
        idf = paper.inverse_document_frequencies(self._joined(documents) @ self.words)
        self.terms, self.idf = self.words[:, np.isfinite(idf)], idf[np.isfinite(idf)]

    @cached_property
    def units(self) -> NDArray[np.float32]:
        """The vectors at length 1, (texts, dimensions)."""
        return paper.unit(self.vectors).astype(np.float32)

    def _joined(self, documents: Sequence[Numbers]) -> Any:
        """How often each document has each text, a sparse matrix."""
        from scipy.sparse import csr_matrix

        rows = np.repeat(np.arange(len(documents)), [len(numbers) for numbers in documents])
        columns = np.concatenate(documents)
        return csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=(len(documents), len(self.texts)))


@dataclass(frozen=True)
class TextSet:
    """Some texts of a corpus, with repetitions, and how often each is drawn: `weights` are (draws, texts)."""

    corpus: Corpus
    numbers: Numbers
    weights: Weights

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        return self.corpus.vectors[self.numbers]

    @cached_property
    def mean_vectors(self) -> NDArray[np.float64]:
        return paper.mean_vectors(self.vectors, self.weights)

    @cached_property
    def mean_units(self) -> NDArray[np.float64]:
        return paper.mean_vectors(self.corpus.units[self.numbers], self.weights)

    @cached_property
    def distances(self) -> NDArray[np.float64]:
        return paper.pair_histogram(self.vectors, self.weights)

    @cached_property
    def style(self) -> lexical.Style:
        return lexical.style(self.corpus.features[self.numbers], self.corpus.words[self.numbers], self.weights)

    @cached_property
    def top_terms(self) -> NDArray[np.bool_]:
        return paper.top_terms(self.corpus.terms[self.numbers], self.weights, self.corpus.idf)


def set_measures(generated: TextSet, real: TextSet) -> dict[str, Draws]:
    """Of texts alone. `js_distances` is the paper's divergence without the diagonal and with each pair once."""
    return {
        "js_distances": js_divergence(generated.distances, real.distances),
        "mean_cosine": paper.mean_cosine(generated.mean_units, real.mean_units),
    }


def paper_measures(generated: TextSet, real: TextSet) -> dict[str, Draws]:
    """Of rows with and without text, the latter as empty strings."""
    return {
        "jaccard_paper": paper.jaccard(generated.top_terms, real.top_terms),
        "js_paper": js_divergence(
            paper.with_diagonal(generated.distances, generated.weights), paper.with_diagonal(real.distances, real.weights)
        ),
        "mean_cosine_paper": paper.mean_cosine(generated.mean_vectors, real.mean_vectors),
        "max_cosine_paper": paper.max_cosine(generated.vectors, real.vectors, generated.weights, real.weights),
    }


def nearest_cosines(texts: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """The largest cosine of each of `texts` to any of `others`, both unit vectors (n, dimensions)."""
    found = [(texts[start : start + BLOCK] @ others.T).max(axis=1) for start in range(0, len(texts), BLOCK)]
    return np.clip(np.concatenate(found), -1, 1).astype(np.float64) if found else np.zeros(0)


def copied(texts: Sequence[str], training: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each of `texts` is a training text, but for case and white space."""
    known = {_folded(text) for text in training}
    return np.array([_folded(text) in known for text in texts], dtype=bool)


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _no_words(n_texts: int) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix((n_texts, 0), dtype=np.int64)
