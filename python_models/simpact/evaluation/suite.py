"""Every figure for every model, at the level of personas and of the population, with intervals and paired comparisons.

| figures | at the level of the population |
|---|---|
| `*_paper` but `macro_f1_paper` | unweighted mean over personas, as in the paper |
| `js_distances`, `mean_cosine` | the same: they are of one persona's texts |
| all others | pooled over all prompts or texts |
| `fidelity_*` | only there |

`jaccard_paper` depends on which models are scored: its terms are fitted on all of them.

The model `real_half` is real people scored against other real people. It has half the texts, so figures that a small set makes
worse (`js_distances`, `jaccard_paper`) have a ceiling a little above it. `mean_nearest_cosine` is free of that: every text,
real or generated, is compared with the real texts of the other half of its persona's people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from simpact.evaluation.action_figures import ActionFigures
from simpact.evaluation.bootstrap import Draws, Measured, interval, person_weights, ratio
from simpact.evaluation.tables import Behaviour, Bools, Prompts, behaviours_of, halves, prompts_of, real_half_of
from simpact.evaluation.text_figures import TextFigures
from simpact.evaluation.texts import Embed

MEAN_OF_PERSONAS = {
    "f1_paper",
    "jaccard_paper",
    "js_paper",
    "mean_cosine_paper",
    "max_cosine_paper",
    "js_distances",
    "mean_cosine",
}

SCORES = pa.schema(
    [
        ("model", pa.string()),
        ("level", pa.string()),  # persona or population
        ("persona_id", pa.int32()),  # null at the level of the population
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n", pa.int64()),
    ]
)
COMPARISONS = pa.schema(
    [
        ("metric", pa.string()),
        ("level", pa.string()),
        ("model", pa.string()),
        ("other", pa.string()),
        ("difference", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n", pa.int64()),
    ]
)
TELLS = pa.schema([("model", pa.string()), ("ngram", pa.string()), ("weight", pa.float64())])

Measures = dict[str, Measured]


def score(
    truths: pa.Table,
    predictions: pa.Table,
    training_texts: pa.Table,
    embed: Embed,
    seed: int,
    resamples: int = 1000,
    text_resamples: int = 100,
    references: Sequence[str] = (),
    min_support: int = 1,
    k: int = 10,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Rows of SCORES, COMPARISONS and TELLS.

    `truths` has a row per prompt: thread_id, persona_id, has_context, action_type, text (null without), person, time_bucket
    (nullable), unseen. `predictions` has a row per model and prompt: model, thread_id, probabilities (in the order of
    ACTION_TYPES, or null), action_type (sampled), text (nullable). `training_texts` has text and embedding, of unit length.
    `embed` gives vectors (texts, dimensions) and is called once, with all different texts.

    Intervals are of 95 %, over `resamples` draws of people, `text_resamples` for figures of texts; null where fewer than two
    people are scored. `n` is the number of prompts, of generated texts for figures of texts, of gold cases for the F1 of an
    action. Comparisons are with each model of `references`, on the prompts that both were asked and on the same
    draws; `difference` is model less other. An action counts for the macro figures from `min_support` gold cases on. Words
    among the tells are those of `k` people at least. A figure that a model has nothing for gives no row.

    Raises ValueError when there are no truths, a reference is no model, or a table does not hold what it must.
    """
    if not len(truths):
        raise ValueError("There is nothing to score: the truths are empty.")
    prompts = prompts_of(truths)
    half = halves(prompts.persona_of_person, seed)
    models = [*behaviours_of(predictions, prompts), real_half_of(prompts, half)]
    if unknown := sorted(set(references) - {model.name for model in models}):
        raise ValueError(f"There are no predictions of {', '.join(unknown)} to compare with.")
    weights = person_weights(prompts.persona_of_person, max(resamples, text_resamples), seed)
    of_actions = ActionFigures(prompts, weights[: 1 + resamples], min_support)
    of_texts = TextFigures(prompts, models, training_texts, embed, weights[: 1 + text_resamples], half, seed)
    evaluation = _Evaluation(prompts, of_actions, of_texts)
    scores: list[dict[str, Any]] = []
    populations: dict[str, Measures] = {}
    for model in models:
        measured = evaluation.measured(model)
        scores += evaluation.rows(model, measured)
        populations[model.name] = measured[None]  # the draws of personas need not be kept
    comparisons = [
        row
        for model in models
        for other in models
        if other.name in references and other is not model
        for row in evaluation.compared(model, other, populations)
    ]
    tells = [
        {"model": model.name, **tell._asdict()} for model in models if not model.is_real for tell in of_texts.tells(model, k)
    ]
    return (
        pa.Table.from_pylist(scores, schema=SCORES),
        pa.Table.from_pylist(comparisons, schema=COMPARISONS),
        pa.Table.from_pylist(tells, schema=TELLS),
    )


class _Evaluation:
    """Figures of actions and texts together, as rows."""

    def __init__(self, prompts: Prompts, of_actions: ActionFigures, of_texts: TextFigures) -> None:
        self.prompts = prompts
        self.of_actions = of_actions
        self.of_texts = of_texts

    def measured(self, model: Behaviour) -> dict[int | None, Measures]:
        """By code of the persona, None for the population."""
        found = {persona: self._at(model, persona) for persona in (None, *range(len(self.prompts.persona_ids)))}
        of_personas = [measures for persona, measures in found.items() if persona is not None]
        for name in MEAN_OF_PERSONAS:
            if parts := [measures[name] for measures in of_personas if name in measures]:
                found[None][name] = Measured(_mean([part.draws for part in parts]), sum(part.n for part in parts))
        return found

    def rows(self, model: Behaviour, measured: dict[int | None, Measures]) -> Iterator[dict[str, Any]]:
        """Rows of SCORES, the population's first."""
        for persona, measures in measured.items():
            is_enough = self._has_people(model.asked, persona)
            for name in sorted(measures):
                if np.isfinite(measures[name].value):
                    low, high = interval(measures[name].draws) if is_enough else (None, None)
                    yield {
                        "model": model.name,
                        "level": "population" if persona is None else "persona",
                        "persona_id": None if persona is None else int(self.prompts.persona_ids[persona]),
                        "metric": name,
                        "value": measures[name].value,
                        "ci_low": low,
                        "ci_high": high,
                        "n": measures[name].n,
                    }

    def compared(self, model: Behaviour, other: Behaviour, populations: dict[str, Measures]) -> Iterator[dict[str, Any]]:
        """Rows of COMPARISONS. Models are compared on the prompts that both were asked; real people, on all that they have."""
        if model.is_real or other.is_real:
            asked = model.asked
            ours, theirs = populations[model.name], populations[other.name]
        else:
            asked = model.asked & other.asked
            ours, theirs = (self._on(side, asked, populations) for side in (model, other))
        is_enough = self._has_people(asked, None)
        for name in sorted(ours.keys() & theirs.keys()):
            draws = ours[name].draws - theirs[name].draws
            if np.isfinite(draws[0]):
                low, high = interval(draws) if is_enough else (None, None)
                yield {
                    "metric": name,
                    "level": "population",
                    "model": model.name,
                    "other": other.name,
                    "difference": float(draws[0]),
                    "ci_low": low,
                    "ci_high": high,
                    "n": ours[name].n,
                }

    def _at(self, model: Behaviour, persona: int | None) -> Measures:
        return self.of_actions.measured(model, persona) | self.of_texts.measured(model, persona)

    def _on(self, model: Behaviour, asked: Bools, populations: dict[str, Measures]) -> Measures:
        if np.array_equal(asked, model.asked):
            return populations[model.name]
        return self.measured(model.at(asked))[None]

    def _has_people(self, asked: Bools, persona: int | None) -> bool:
        """Whether there are two and more, without whom nothing can be resampled."""
        inside = asked if persona is None else asked & (self.prompts.personas == persona)
        return len(np.unique(self.prompts.people[inside])) > 1


def _mean(draws: list[Draws]) -> Draws:
    """The mean over personas, of those that a draw has."""
    found = np.stack(draws)
    known = np.isfinite(found)
    return ratio(np.where(known, found, 0).sum(axis=0), known.sum(axis=0))
