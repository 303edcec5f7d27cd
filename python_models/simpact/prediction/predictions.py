"""What action models predict for held-out threads: models of everybody, of a persona, of released columns, of people alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.prediction.boosting import ActionModel, Bools, BoostingSettings, Cases
from simpact.prediction.features import features_of
from simpact.progress import progress

PREDICTIONS = pa.schema(
    [
        ("model", pa.string()),
        ("split", pa.string()),
        ("thread_id", pa.int64()),
        ("action_type", pa.string()),  # to bet on
        ("probabilities", pa.list_(pa.float64())),  # in the order of ACTION_TYPES
    ]
)
SPLITS = ("by_time", "at_random")
KNOWN = ("thread_id", "person", "action_type", "part_by_time", "part_at_random", "is_automated")  # no features
THREADS_OF_A_PERSONA = 2000  # to train on, below which it has no model of its own


@dataclass(frozen=True)
class _Table:
    """A table of cases, as arrays."""

    thread_ids: pa.ChunkedArray
    cases: Cases
    parts: dict[str, NDArray[np.object_]]  # by split

    @classmethod
    def of(cls, table: pa.Table) -> _Table:
        features = features_of(table.drop_columns([name for name in KNOWN if name in table.column_names]))
        actions = np.asarray(pc.index_in(table["action_type"], pa.array(ACTION_TYPES)).to_numpy(), dtype=np.intp)
        parts = {split: _objects(table[f"part_{split}"]) for split in SPLITS if f"part_{split}" in table.column_names}
        return cls(table["thread_id"], Cases(features, actions, table["person"].to_numpy()), parts)


class _Job(NamedTuple):
    """One model to fit: `learns` says whom it may learn from, `asked` whom it is asked about."""

    model: str
    split: str
    table: _Table
    learns: Bools
    asked: Bools


def predictions(cases: pa.Table, released: pa.Table, settings: BoostingSettings) -> pa.Table:
    """Rows of PREDICTIONS for the held-out threads of `cases` and `released`, both in a total order.

    Both have the columns of KNOWN, of which `released` needs neither `part_at_random` nor `is_automated`, and features; `cases`
    a column `persona`. Models are

    * `boosted`: everybody's, with the persona as a feature; split by time and at random
    * `boosted_by_persona`: a persona's own, where it has THREADS_OF_A_PERSONA
    * `boosted_released`: from what a recipient of the release knows
    * `boosted_without_automated`: of all but automated accounts, where there are any
    """
    jobs = [job for job in _jobs(cases, released) if (job.learns & (job.table.parts[job.split] == "train")).any()]
    found = [PREDICTIONS.empty_table()]
    with progress(len(jobs), "Training models of actions", "model") as bar:
        for job in jobs:
            found.append(_predicted(job, settings))
            bar.update()
    return pa.concat_tables(found)


def _jobs(cases: pa.Table, released: pa.Table) -> Iterator[_Job]:
    table, outside = _Table.of(cases), _Table.of(released)
    everybody = np.ones(len(cases), dtype=bool)
    yield _Job("boosted", "by_time", table, everybody, everybody)
    yield _Job("boosted", "at_random", table, everybody, everybody)
    personas = _objects(cases["persona"])
    sizes = Counter(personas[table.parts["by_time"] == "train"])
    for persona in sorted(name for name, size in sizes.items() if name is not None and size >= THREADS_OF_A_PERSONA):
        yield _Job("boosted_by_persona", "by_time", table, personas == persona, personas == persona)
    recipients = np.ones(len(released), dtype=bool)
    yield _Job("boosted_released", "by_time", outside, recipients, recipients)
    is_automated = cases["is_automated"].to_numpy()
    if is_automated.any():
        yield _Job("boosted_without_automated", "by_time", table, ~is_automated, everybody)


def _predicted(job: _Job, settings: BoostingSettings) -> pa.Table:
    part, cases = job.table.parts[job.split], job.table.cases
    training, validation = (cases.at(job.learns & (part == name)) for name in ("train", "validation"))
    fitted = ActionModel.fit(training, validation, settings)
    asked = job.asked & (part != "train") & (part != "validation")
    probabilities = fitted.probabilities(cases.features.at(asked))
    n_asked = len(probabilities)
    offsets = pa.array(np.arange(n_asked + 1, dtype=np.int32) * len(ACTION_TYPES))
    return pa.table(
        [
            pa.repeat(job.model, n_asked),
            pa.repeat(job.split, n_asked),
            job.table.thread_ids.filter(pa.array(asked)),
            pa.array(ACTION_TYPES).take(pa.array(fitted.decide(probabilities))),
            pa.ListArray.from_arrays(offsets, pa.array(probabilities.ravel())),
        ],
        schema=PREDICTIONS,
    )


def _objects(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.array(column.to_pylist(), dtype=object)
