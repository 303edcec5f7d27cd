"""Recorded losses as an attacker's scores, in which every person has the same weight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simpact.errors import UserError

ATTACKS = ("reference", "loss")


class Scored(NamedTuple):
    """Scores of one group's answers, (n_answers,), and whose each is: (n_answers,), numbers in 0..n_people-1, none left out."""

    values: NDArray[np.float64]
    people: NDArray[np.int64]

    @property
    def n_people(self) -> int:
        return int(self.people.max()) + 1 if len(self.people) else 0

    def weights(self) -> NDArray[np.float64]:
        """One over the number of the person's answers: a random answer of a random person, whoever wrote most of them."""
        return np.asarray(1.0 / np.bincount(self.people)[self.people])

    def by_person(self) -> Scored:
        """The mean of each person's scores."""
        means = np.bincount(self.people, self.values * self.weights()).astype(np.float64)
        return Scored(means, np.arange(self.n_people))


def scores(losses: pa.Table, attack: str) -> NDArray[np.float64]:
    """The score of each answer, (n_answers,) in nats per token: the higher, the likelier to have been trained on.

    'reference' is loss_base - loss_adapter: what training has done for this answer, however easy it was before. The base model
    is the reference that calibrates for difficulty, as in Watson et al. 2022 ("On the Importance of Difficulty Calibration in
    Membership Inference Attacks"); per token it is the logarithm of the likelihood ratio that Mireshghallah et al. 2022 ("An
    Empirical Analysis of Memorization in Fine-tuned Autoregressive Language Models") attack fine-tuned models with. 'loss' is
    -loss_adapter, of an attacker without the base model (Yeom et al. 2018, "Privacy Risk in Machine Learning").
    """
    adapter = losses["loss_adapter"].to_numpy()
    return np.asarray(losses["loss_base"].to_numpy() - adapter if attack == "reference" else -adapter)


def epochs(losses: pa.Table) -> Iterator[tuple[str, int, pa.Table]]:
    """Adapter, epoch and their rows, in order. Raises UserError where a loss is not a finite number."""
    keys = losses.group_by(["adapter", "epoch"]).aggregate([]).sort_by([("adapter", "ascending"), ("epoch", "ascending")])
    for key in keys.to_pylist():
        adapter, epoch = key["adapter"], key["epoch"]
        rows = losses.filter(pc.and_(pc.equal(losses["adapter"], adapter), pc.equal(losses["epoch"], epoch)))
        if not all(np.isfinite(rows[name].to_numpy()).all() for name in ("loss_adapter", "loss_base")):
            raise UserError(
                f"Adapter {adapter} has losses at epoch {epoch} that are no finite numbers: train it again at a lower rate."
            )
        yield adapter, epoch, rows
