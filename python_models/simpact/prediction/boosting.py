"""Gradient-boosted trees over actions: calibrated, and adjusted for rare ones when they have to decide.

Trees minimise the log loss, so that their probabilities mean something; a temperature found on validation threads mends what
over- or underconfidence is left (Guo et al. 2017). The most probable action is nearly always the common one. So what decides is
the probability over a power of how common the action is (logit adjustment, Menon et al. 2021), and that power, too, is found on
validation threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.evaluation import actions
from simpact.evaluation.bootstrap import person_weights
from simpact.prediction.features import Features

Codes = NDArray[np.integer[Any]]  # places in ACTION_TYPES
Bools = NDArray[np.bool_]

POWERS = np.linspace(0, 1, 11)
USUAL_POWER = 0.5  # halfway between the most probable action and the one that is most over its share
RESAMPLES = 200
ENOUGH_CASES = 10  # of an action on validation threads, to count in the choice of the power
LEAST = 1e-9


@dataclass(frozen=True)
class BoostingSettings:
    """Of the trees. `patience` trees without gain on validation threads end the training."""

    seed: int
    learning_rate: float = 0.05
    max_trees: int = 300
    leaves: int = 15
    min_threads_in_leaf: int = 20
    l2: float = 1.0
    share_of_features: float = 0.5  # that a split may choose from
    patience: int = 10


@dataclass(frozen=True)
class Cases:
    """Threads with what was known before their action, the action as a place in ACTION_TYPES, and the person, by number."""

    features: Features
    actions: Codes
    people: Codes

    def at(self, chosen: Bools) -> Cases:
        """Some of them."""
        return Cases(self.features.at(chosen), self.actions[chosen], self.people[chosen])

    def __len__(self) -> int:
        return len(self.actions)


class ActionModel:
    """Which action with which probability, and which one to bet on."""

    def __init__(self, trees: Any, columns: Bools, labels: Codes, shares: NDArray[np.float64]) -> None:
        self._trees = trees
        self._columns = columns
        self._labels = labels
        self._shares = shares  # of training, by label
        self.temperature = 1.0
        self.power = USUAL_POWER

    @classmethod
    def fit(cls, training: Cases, validation: Cases, settings: BoostingSettings) -> ActionModel:
        """Learn from `training`; all that is chosen is chosen on `validation`, and by what chance gave where there is none.

        Then the trees, as many as were chosen, are grown again on both: what comes next is most like what was last.

        Raises ValueError when there is nothing to learn from.
        """
        if not len(training):
            raise ValueError("There is no thread to learn actions from.")
        validation = validation.at(np.isin(validation.actions, training.actions))
        model, n_trees = cls._grow(training, validation if len(validation) else None, settings, settings.max_trees)
        if len(validation):
            model._choose_temperature(validation)
            model._choose_power(validation, settings.seed)
            again, _ = cls._grow(_both(training, validation), None, settings, n_trees)
            again.temperature, again.power = model.temperature, model.power
            return again
        return model

    @classmethod
    def _grow(
        cls, training: Cases, validation: Cases | None, settings: BoostingSettings, n_trees: int
    ) -> tuple[ActionModel, int]:
        from sklearn.ensemble import HistGradientBoostingClassifier

        values = training.features.values
        columns = training.features.varying()
        labels, counts = np.unique(training.actions, return_counts=True)
        if len(labels) == 1 or not columns.any():
            return cls(None, columns, labels, counts / counts.sum()), 1
        trees = HistGradientBoostingClassifier(
            max_iter=n_trees,
            learning_rate=settings.learning_rate,
            max_leaf_nodes=settings.leaves,
            min_samples_leaf=settings.min_threads_in_leaf,
            l2_regularization=settings.l2,
            max_features=settings.share_of_features,
            categorical_features=np.array(training.features.categorical)[columns],
            early_stopping=validation is not None,
            n_iter_no_change=settings.patience,
            random_state=settings.seed,
        )
        if validation is None:
            trees.fit(values[:, columns], training.actions)
        else:
            held_out = validation.features.values[:, columns]
            trees.fit(values[:, columns], training.actions, X_val=held_out, y_val=validation.actions)
        grown = trees.n_iter_ - settings.patience if validation is not None and trees.n_iter_ < n_trees else trees.n_iter_
        return cls(trees, columns, labels, counts / counts.sum()), max(grown, 1)

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """(threads, actions) in the order of ACTION_TYPES. What training never showed has none."""
        found = np.zeros((len(features.values), len(ACTION_TYPES)))
        found[:, self._labels] = _softmax(self._scores(features) / self.temperature)
        return found

    def decide(self, probabilities: NDArray[np.float64]) -> Codes:
        """The action to bet on, by place, for rows of `probabilities`."""
        return np.asarray(self._labels[_decided(probabilities[:, self._labels], self._shares, self.power)])

    def _scores(self, features: Features) -> NDArray[np.float64]:
        if self._trees is None:
            return np.tile(np.log(self._shares), (len(features.values), 1))
        return np.asarray(np.log(np.maximum(self._trees.predict_proba(features.values[:, self._columns]), LEAST)))

    def _choose_temperature(self, validation: Cases) -> None:
        from scipy.optimize import minimize_scalar

        scores = self._scores(validation.features)
        places = np.searchsorted(self._labels, validation.actions)

        def loss(log_temperature: float) -> float:
            given = _softmax(scores / np.exp(log_temperature))[np.arange(len(places)), places]
            return float(-np.log(np.maximum(given, LEAST)).mean())

        self.temperature = float(np.exp(minimize_scalar(loss, bounds=(-1.5, 1.5), method="bounded").x))

    def _choose_power(self, validation: Cases, seed: int) -> None:
        """The power nearest to the usual one whose macro F1 falls short of the best by a standard error of the difference at
        most: few threads are no reason to go far (Breiman et al. 1984, the one-standard-error rule)."""
        probabilities = self.probabilities(validation.features)[:, self._labels]
        people = np.unique(validation.people, return_inverse=True)[1]
        weights = person_weights(np.zeros(people.max() + 1, dtype=np.intp), RESAMPLES, seed)
        draws = []
        for power in POWERS:
            decided = self._labels[_decided(probabilities, self._shares, power)]
            table = actions.confusion(weights, people, validation.actions, decided, len(ACTION_TYPES))
            draws.append(actions.macro_f1(table, ENOUGH_CASES))
        scores = np.array(draws)  # (powers, draws)
        if not np.isfinite(scores[:, 0]).all():
            return
        short = scores[scores[:, 0].argmax()] - scores
        enough = short[:, 0] <= np.nanstd(short[:, 1:], axis=1)
        self.power = float(min(POWERS[enough], key=lambda power: abs(power - USUAL_POWER)))


def _decided(probabilities: NDArray[np.float64], shares: NDArray[np.float64], power: float) -> Codes:
    scores = np.log(np.maximum(probabilities, LEAST)) - power * np.log(shares)
    return np.asarray(scores.argmax(axis=1))


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _both(one: Cases, other: Cases) -> Cases:
    values = np.concatenate([one.features.values, other.features.values])
    return Cases(
        one.features._replace(values=values),
        np.concatenate([one.actions, other.actions]),
        np.concatenate([one.people, other.people]),
    )
