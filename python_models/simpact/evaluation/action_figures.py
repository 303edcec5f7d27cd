"""All figures of actions of one model, in a persona or over all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.evaluation import actions, fidelity, paper
from simpact.evaluation.bootstrap import Measured, Weights, totals
from simpact.evaluation.divergence import js_divergence
from simpact.evaluation.tables import NONE, Behaviour, Bools, Prompts

Mixes = tuple[NDArray[np.float64], NDArray[np.float64]]  # generated and real


class ActionFigures:
    """Figures on the draws of `weights`, (draws, people)."""

    def __init__(self, prompts: Prompts, weights: Weights, min_support: int) -> None:
        self.prompts = prompts
        self.weights = weights
        self.min_support = min_support

    def measured(self, behaviour: Behaviour, persona: int | None) -> dict[str, Measured]:
        """By name of the figure; `persona` is a code, None for all."""
        inside = np.ones(len(self.prompts), dtype=bool) if persona is None else self.prompts.personas == persona
        asked, against = inside & behaviour.asked, inside & behaviour.against
        if not behaviour.is_real:
            against &= behaviour.asked  # what really followed the same prompts
        if not (asked.any() and against.any()):
            return {}
        found = {} if behaviour.is_real else self._predicted(behaviour, asked)
        found["js_action_mix"] = Measured(js_divergence(*self._mixes(behaviour, asked, against)), int(asked.sum()))
        return found | self._fidelity(behaviour, asked, against) if persona is None else found

    def _predicted(self, behaviour: Behaviour, asked: Bools) -> dict[str, Measured]:
        prompts, n = self.prompts, int(asked.sum())
        people, gold, sampled = prompts.people[asked], prompts.actions[asked], behaviour.actions[asked]
        found, predicted = {}, sampled
        if behaviour.probabilities is not None:
            probabilities = behaviour.probabilities[asked]
            predicted = probabilities.argmax(axis=1)
            found["log_loss"] = Measured(actions.log_loss(self.weights, people, gold, probabilities), n)
            found["calibration_error"] = Measured(actions.calibration_error(self.weights, people, gold, probabilities), n)
        with_context, unseen = prompts.with_context[asked], prompts.unseen[asked]
        found |= actions.measured(self.weights, people, gold, predicted, with_context, unseen, self.min_support)
        # The paper scores the action that was generated.
        collapsed = paper.COLLAPSED[gold], paper.COLLAPSED[sampled]
        table = actions.confusion(self.weights, people, *collapsed, len(paper.LABELS))
        return found | {"f1_paper": Measured(paper.f1(table), n), "macro_f1_paper": Measured(paper.macro_f1(table), n)}

    def _mixes(self, behaviour: Behaviour, asked: Bools, against: Bools) -> Mixes:
        people, real = self.prompts.people, self.prompts.actions
        return (
            totals(self.weights, people[asked], behaviour.actions[asked], len(ACTION_TYPES)),
            totals(self.weights, people[against], real[against], len(ACTION_TYPES)),
        )

    def _grouped_mixes(self, behaviour: Behaviour, asked: Bools, against: Bools, groups: actions.Codes) -> Mixes:
        """The mixes of the groups that both sides have, each (groups, draws, actions)."""
        _, groups = np.unique(groups, return_inverse=True)
        n_groups, people = int(groups.max()) + 1, self.prompts.people
        generated = fidelity.mixes(self.weights, people[asked], groups[asked], n_groups, behaviour.actions[asked])
        real = fidelity.mixes(self.weights, people[against], groups[against], n_groups, self.prompts.actions[against])
        on_both = generated[:, 0].any(axis=1) & real[:, 0].any(axis=1)
        return generated[on_both], real[on_both]

    def _fidelity(self, behaviour: Behaviour, asked: Bools, against: Bools) -> dict[str, Measured]:
        overall = self._mixes(behaviour, asked, against)
        by_persona = self._grouped_mixes(behaviour, asked, against, self.prompts.personas)
        found = {
            "fidelity_long_tail": fidelity.long_tail(*overall),
            "fidelity_tail_share": fidelity.tail_share(*overall),
            "fidelity_text_share": fidelity.text_share(*overall),
        }
        if len(by_persona[0]) > 1:
            found["fidelity_spread"] = fidelity.spread(*by_persona)
        timed = self.prompts.buckets != NONE
        if (asked & timed).any() and (against & timed).any():
            by_bucket = self._grouped_mixes(behaviour, asked & timed, against & timed, self.prompts.buckets)
            found["fidelity_activity"] = fidelity.activity(*by_bucket)
        return {name: Measured(draws, int(asked.sum())) for name, draws in found.items()}
