"""The bootstrap by person: all threads of a person are drawn together, because they are alike (Field and Welsh 2007).

Every figure is computed for all draws at once. Draw 0 is the sample itself, so the figure and its resamples come from the same
lines of code, and two models are compared on the same draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from simpact.attacks.statistics import CONFIDENCE

NUMBERS_AT_ONCE = 20_000_000  # weights in memory, 160 MB

Name = TypeVar("Name")

Draws = NDArray[np.float64]  # one value per draw, along the first axis
Weights = NDArray[np.float64]  # (draws, people) or (draws, rows): how often each was drawn


class Measured(NamedTuple):
    """A figure on every draw, and the number of prompts or texts that it is of."""

    draws: Draws
    n: int

    @property
    def value(self) -> float:
        return float(self.draws[0])


def person_weights(persona_of_person: NDArray[np.integer[Any]], resamples: int, seed: int | Sequence[int]) -> Weights:
    """How often each person is drawn: (1 + resamples, people), the first row all ones.

    People are drawn within their persona, as the prompts were: a persona never goes missing from a draw.
    """
    rng = np.random.default_rng(seed)
    # By columns, as `totals` reads them.
    weights = np.ones((1 + resamples, len(persona_of_person)), order="F")
    for persona in np.unique(persona_of_person):
        people = np.flatnonzero(persona_of_person == persona)
        weights[1:, people] = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), size=resamples)
    return weights


def in_parts(
    figures: Callable[[Weights], Mapping[Name, Draws]],
    persona_of_person: NDArray[np.integer[Any]],
    resamples: int,
    seed: int,
    at_once: int = NUMBERS_AT_ONCE,
) -> dict[Name, Draws]:
    """`figures` of `person_weights`, by name, a part of the draws at a time: all draws of all people need not fit in memory."""
    size = max(1, at_once // max(1, len(persona_of_person)))
    found: dict[Name, list[Draws]] = {}
    for part, done in enumerate(range(0, max(1, resamples), size)):
        weights = person_weights(persona_of_person, min(size, resamples - done), [seed, part])
        for name, draws in figures(weights).items():
            found.setdefault(name, []).append(draws if part == 0 else draws[1:])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def totals(
    weights: Weights,
    people: NDArray[np.integer[Any]],
    cells: NDArray[np.integer[Any]],
    n_cells: int,
    values: NDArray[Any] | None = None,
) -> NDArray[np.float64]:
    """The sum of `values`, or the count, of rows in each cell: (draws, n_cells).

    Row i is by person `people[i]` and in cell `cells[i]`. What is weighted
    are the sums of each person.
    """
    from scipy.sparse import csr_array

    values = np.ones(len(people)) if values is None else np.asarray(values, dtype=np.float64)
    by_person = csr_array((values, (cells, people)), shape=(n_cells, weights.shape[1]))
    return np.asarray((by_person @ weights.T).T)


def ratio(numerator: Any, denominator: Any) -> NDArray[np.float64]:
    """The quotient, NaN where the denominator is 0: a draw in which there is nothing to divide by."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    return np.asarray(np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0))


def mean(weights: Weights, values: NDArray[Any]) -> NDArray[np.float64]:
    """The weighted mean of `values` (rows, ...) on every draw; `weights` are (draws, rows)."""
    sums = weights.sum(axis=1)
    return ratio(weights @ values, sums.reshape(-1, *[1] * (values.ndim - 1)))


def interval(draws: Draws) -> tuple[float | None, float | None]:
    """The percentile interval of the resamples, draws 1 and on, moved so that their median is the figure.

    Resampling is noise of its own, which a divergence counts as more divergence: unmoved, its interval lies above it. For
    a figure that is a mean the move is next to nothing. What the move puts beyond the ends of [0, 1] is cut, for a figure whose
    resamples stay within. Without a resample in which the figure exists there is no interval.
    """
    resampled = draws[1:][np.isfinite(draws[1:])]
    if not len(resampled):
        return None, None
    low, middle, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, 0.5, (1 + CONFIDENCE) / 2])
    low, high = draws[0] + low - middle, draws[0] + high - middle
    if draws[0] >= 0 and resampled.min() >= 0:
        low = max(low, 0.0)
        high = min(high, 1.0) if max(draws[0], resampled.max()) <= 1 else high
    return float(low), float(high)
