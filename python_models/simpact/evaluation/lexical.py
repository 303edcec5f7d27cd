"""How texts are written: lengths, variety of words, and what else they carry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simpact.evaluation.bootstrap import Draws, Weights, mean
from simpact.evaluation.divergence import js_divergence

FEATURES = {
    "link": re.compile("<URL>"),  # what redaction leaves of one
    "hashtag": re.compile(r"#\w"),
    "question": re.compile(r"\?"),
    "emoji": re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]"),
}
LENGTHS = np.array([2, 3, 5, 8, 13, 21, 34, 55, 89])  # lower ends, in words, of all bins but the first
WORDS_DRAWN = 200  # for the variety of words, which depends on how many are looked at


class Style(NamedTuple):
    """Of a set of texts, on every draw."""

    means: NDArray[np.float64]  # (draws, 1 + features): number of words, then the share of texts with each of FEATURES
    lengths: NDArray[np.float64]  # (draws, bins): histogram of the number of words
    variety: Draws  # type-token ratio


def features(texts: Sequence[str]) -> NDArray[np.float64]:
    """Number of words, then 0 or 1 for each of FEATURES: (texts, 1 + features)."""
    rows = [[len(text.split()), *(bool(pattern.search(text)) for pattern in FEATURES.values())] for text in texts]
    return np.array(rows, dtype=np.float64).reshape(len(texts), 1 + len(FEATURES))


def style(found: NDArray[np.float64], counts: Any, weights: Weights) -> Style:
    """Of texts with these `features` and a sparse matrix of word counts (texts, words)."""
    bins = np.searchsorted(LENGTHS, found[:, 0], side="right")
    lengths = weights @ np.eye(len(LENGTHS) + 1)[bins]
    return Style(mean(weights, found), lengths, type_token_ratio((counts.T @ weights.T).T))


def type_token_ratio(counts: NDArray[np.float64]) -> Draws:
    """The expected share of different words among 200 drawn without replacement (rarefaction, Hurlbert 1971).

    `counts` is (draws, words), whole numbers. NaN where there are fewer than 200 words. Texts that are drawn twice make a draw
    poorer in words than the sample; a difference of two such ratios is spared that.
    """
    from scipy.special import gammaln

    whole = counts.astype(np.intp)
    n_draws, largest = len(whole), int(whole.max(initial=0))
    # How many words occur c times, for every draw and c: a word is missed with a probability that depends on c alone.
    cells = whole + np.arange(n_draws)[:, None] * (largest + 1)
    occurring = np.bincount(cells.ravel(), minlength=n_draws * (largest + 1)).reshape(n_draws, largest + 1)
    n, c = whole.sum(axis=1)[:, None], np.arange(largest + 1)[None, :]
    rest = np.maximum(n - c - WORDS_DRAWN, 0)
    logs = gammaln(np.maximum(n - c, 0) + 1) - gammaln(rest + 1) - gammaln(n + 1) + gammaln(np.maximum(n - WORDS_DRAWN, 0) + 1)
    missed = np.where(n - c >= WORDS_DRAWN, np.exp(logs), 0)
    types = (occurring * (1 - missed))[:, 1:].sum(axis=1)
    return np.where(n[:, 0] >= WORDS_DRAWN, types / WORDS_DRAWN, np.nan)


def differences(generated: Style, real: Style) -> dict[str, Draws]:
    """Generated less real, and the divergence of the lengths."""
    means = generated.means - real.means
    return {
        "js_lengths": js_divergence(generated.lengths, real.lengths),
        "type_token_difference": generated.variety - real.variety,
        "words_difference": means[:, 0],
        **{f"{name}_difference": means[:, 1 + place] for place, name in enumerate(FEATURES)},
    }
