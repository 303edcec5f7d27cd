"""All figures of texts of one model, in a persona or over all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simpact.evaluation import detectability, lexical, texts
from simpact.evaluation.bootstrap import Draws, Measured, Weights, mean
from simpact.evaluation.detectability import Tell
from simpact.evaluation.tables import NONE, Behaviour, Bools, Prompts
from simpact.evaluation.texts import Corpus, Embed, TextSet
from simpact.vectors import matrix


class _Texts(NamedTuple):
    """What a model wrote, by prompt. Figures are NaN where there is no text."""

    numbers: NDArray[np.intp]  # in the corpus, NONE without text
    figures: dict[str, NDArray[np.float64]]
    detected: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]  # scores of a classifier: of these, and of real texts


class TextFigures:
    """Figures of the models among `behaviours` that write, on the draws of `weights`, (draws, people)."""

    def __init__(
        self,
        prompts: Prompts,
        behaviours: Iterable[Behaviour],
        training_texts: pa.Table,
        embed: Embed,
        weights: Weights,
        half: Bools,
        seed: int,
    ) -> None:
        """`half` says of each person whether they are in the first half of their persona's people."""
        self.prompts = prompts
        self.weights = weights[:, prompts.people]
        self.in_half = half[prompts.people]
        self.folds = detectability.folds(len(prompts.persona_of_person), seed)[prompts.people]
        self.seed = seed
        self.texts: dict[str, _Texts] = {}
        writers = [found for found in behaviours if any(text is not None for text in found.texts[found.asked])]
        if not writers:
            return
        columns = [prompts.texts, *(found.texts for found in writers)]
        distinct = sorted({"", *(text for column in columns for text in column if text is not None)})
        number_of = {text: number for number, text in enumerate(distinct)} | {None: NONE}
        self.real = np.array([number_of[text] for text in prompts.texts])
        numbers = {found.name: np.array([number_of[text] for text in found.texts]) for found in writers}
        documents = [self.real[prompts.personas == persona] for persona in range(len(prompts.persona_ids))]
        for found in writers:
            if not found.is_real:
                by_persona = (found.asked & (prompts.personas == persona) for persona in range(len(prompts.persona_ids)))
                documents += [numbers[found.name][rows] for rows in by_persona if rows.any()]
        self.corpus = Corpus(distinct, embed, [document[document != NONE] for document in documents])
        self.ngrams = detectability.ngrams(distinct)
        self.real_sets: dict[tuple[bool, int | None, bool], TextSet] = {}
        of_training = self._of_training(training_texts)
        self.texts = {
            found.name: _Texts(
                numbers[found.name],
                self._figures(found, numbers[found.name], of_training),
                self._detected(found, numbers[found.name]),
            )
            for found in writers
        }

    def measured(self, behaviour: Behaviour, persona: int | None) -> dict[str, Measured]:
        """By name of the figure; `persona` is a code, None for all. Empty for a model that does not write."""
        if behaviour.name not in self.texts:
            return {}
        inside = np.ones(len(self.prompts), dtype=bool) if persona is None else self.prompts.personas == persona
        found = self.texts[behaviour.name]
        asked = inside & behaviour.asked
        written = asked & (found.numbers != NONE)
        against = inside & behaviour.against & (self.real != NONE)
        if not (written.any() and against.any()):
            return {}
        generated, real = self._set(found.numbers, written), self._real_set(behaviour, persona, against)
        draws = lexical.differences(generated.style, real.style)
        for name, values in found.figures.items():
            known = written & np.isfinite(values)
            draws[name] = mean(self.weights[:, known], values[known])
        for name, scores in found.detected.items():
            draws[name] = self._auc(scores, written, against)
        if persona is not None:
            draws |= texts.set_measures(generated, real)
        measured = {name: Measured(values, int(written.sum())) for name, values in draws.items()}
        return measured if persona is None else measured | self._paper(behaviour, persona, asked, inside & behaviour.against)

    def tells(self, behaviour: Behaviour, k: int) -> list[Tell]:
        """What gives the model away, in words of `k` people and more."""
        if behaviour.name not in self.texts:
            return []
        rows, numbers, is_generated = self._both(behaviour, self.texts[behaviour.name].numbers)
        return detectability.tells(self.ngrams.of(numbers), is_generated, self.prompts.people[rows], k, self.seed)

    def _paper(self, behaviour: Behaviour, persona: int, asked: Bools, against: Bools) -> dict[str, Measured]:
        generated = self._set(np.maximum(self.texts[behaviour.name].numbers, 0), asked)  # the empty text is number 0
        real = self._real_set(behaviour, persona, against, with_empty=True)
        return {name: Measured(draws, int(asked.sum())) for name, draws in texts.paper_measures(generated, real).items()}

    def _set(self, numbers: NDArray[np.intp], rows: Bools) -> TextSet:
        return TextSet(self.corpus, numbers[rows], self.weights[:, rows])

    def _real_set(self, behaviour: Behaviour, persona: int | None, rows: Bools, with_empty: bool = False) -> TextSet:
        """The same for all models, so made once."""
        key = (behaviour.is_real, persona, with_empty)
        if key not in self.real_sets:
            self.real_sets[key] = self._set(np.maximum(self.real, 0) if with_empty else self.real, rows)
        return self.real_sets[key]

    def _of_training(self, training_texts: pa.Table) -> dict[str, NDArray[np.float64]]:
        """Figures of every text of the corpus beside the texts that a model has seen."""
        if not len(training_texts):
            return {}
        copied = texts.copied(self.corpus.texts, training_texts["text"].to_pylist())
        return {
            "copied_share": copied.astype(np.float64),
            "mean_nearest_training_cosine": texts.nearest_cosines(self.corpus.units, matrix(training_texts["embedding"])),
        }

    def _figures(
        self, behaviour: Behaviour, numbers: NDArray[np.intp], of_training: dict[str, NDArray[np.float64]]
    ) -> dict[str, NDArray[np.float64]]:
        written = behaviour.asked & (numbers != NONE)
        nearest = np.full(len(self.prompts), np.nan)
        for persona in range(len(self.prompts.persona_ids)):
            inside = self.prompts.personas == persona
            for side in (self.in_half, ~self.in_half):
                rows, others = inside & side & written, inside & ~side & (self.real != NONE)
                if rows.any() and others.any():
                    units = self.corpus.units
                    nearest[rows] = texts.nearest_cosines(units[numbers[rows]], units[self.real[others]])
        figures = {"mean_nearest_cosine": nearest}
        for name, values in of_training.items():
            figures[name] = np.where(written, values[numbers], np.nan)
        return figures

    def _detected(
        self, behaviour: Behaviour, numbers: NDArray[np.intp]
    ) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        rows, numbers, is_generated = self._both(behaviour, numbers)
        by_row = {
            "detectability_embedding": detectability.scores_by_embedding(
                self.corpus.units[numbers], is_generated, self.folds[rows]
            ),
            "detectability_ngrams": detectability.scores_by_ngrams(self.ngrams.of(numbers), is_generated, self.folds[rows]),
        }
        found = {}
        for name, scores in by_row.items():
            sides = np.full((2, len(self.prompts)), np.nan)
            sides[0, rows[is_generated]], sides[1, rows[~is_generated]] = scores[is_generated], scores[~is_generated]
            found[name] = (sides[0], sides[1])
        return found

    def _both(self, behaviour: Behaviour, numbers: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp], Bools]:
        """The prompts, the texts and their kind: those that the model wrote, then the real ones that they are compared with."""
        written = np.flatnonzero(behaviour.asked & (numbers != NONE))
        against = np.flatnonzero(behaviour.against & (self.real != NONE))
        is_generated = np.arange(len(written) + len(against)) < len(written)
        return np.concatenate([written, against]), np.concatenate([numbers[written], self.real[against]]), is_generated

    def _auc(self, scores: tuple[NDArray[np.float64], NDArray[np.float64]], written: Bools, against: Bools) -> Draws:
        rows = np.concatenate([np.flatnonzero(written), np.flatnonzero(against)])
        is_generated = np.arange(len(rows)) < written.sum()
        both = np.concatenate([scores[0][written], scores[1][against]])
        return detectability.auc(both, is_generated, self.folds[rows], self.weights[:, rows])
