"""How well models predict actions, with intervals by person, and compared with each other on the same threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simpact.actions import ACTION_TYPES
from simpact.evaluation import actions
from simpact.evaluation.bootstrap import Draws, Measured, Weights, interval, person_weights, ratio, totals
from simpact.evaluation.divergence import js_divergence

MEASURES = pa.schema(
    [
        ("split", pa.string()),
        ("part", pa.string()),
        ("model", pa.string()),
        ("other", pa.string()),  # null for a score; else the figure is the model's less this one's
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("n", pa.int64()),
    ]
)
REFERENCES = ("rule", "majority", "last_action", "boosted")
WITHOUT_AUTOMATED = "test_without_automated"  # the part that is the test threads of people who are not automated
COMMON_SHARE = 0.1  # of an action among real ones with a context, from which it is common
MIN_SUPPORT = 30  # real cases of an action, below which it counts in no macro figure
RESAMPLES = 2000

Bools = NDArray[np.bool_]
Measures = dict[str, Measured]


class _Truths(NamedTuple):
    """Held-out threads of one part. Arrays are by thread, in order of thread id."""

    thread_ids: NDArray[np.int64]
    people: actions.Codes
    actions: actions.Codes
    with_context: Bools
    weights: Weights


class _Bets(NamedTuple):
    """What a model says of the threads it was asked about."""

    asked: Bools
    actions: actions.Codes
    probabilities: NDArray[np.float64]  # NaN where it gives none


def action_measures(truths: pa.Table, predictions: pa.Table, seed: int, k: int, resamples: int = RESAMPLES) -> pa.Table:
    """Rows of MEASURES.

    Truths are (split, part, thread_id, person, action_type, has_context, is_automated); predictions (model, split, thread_id,
    action_type, probabilities or null). The macro figures are means of F1 over actions with MIN_SUPPORT real cases in the part;
    `macro_f1` is over all threads, all others over those with a context. Models are compared on the threads both were asked
    about, by the same draws of people. A figure is of `k` people at least.
    """
    rows: list[dict[str, Any]] = []
    for split in sorted(truths["split"].unique().to_pylist()):
        of_split = truths.filter(pc.equal(truths["split"], split))
        said = predictions.filter(pc.equal(predictions["split"], split))
        for part, table in _parts(of_split, k):
            for measured in _measured(_truths(table, seed, resamples), said, k):
                rows.append({"split": split, "part": part, **measured})
    return pa.Table.from_pylist(rows, schema=MEASURES)


def _parts(truths: pa.Table, k: int) -> Iterator[tuple[str, pa.Table]]:
    for part in sorted(truths["part"].unique().to_pylist()):
        yield part, truths.filter(pc.equal(truths["part"], part))
    test = truths.filter(pc.equal(truths["part"], "test"))
    automated = test.filter(pc.and_(test["is_automated"], test["has_context"]))
    if len(automated["person"].unique()) >= k:  # else the difference from `test` would tell of the few
        yield WITHOUT_AUTOMATED, test.filter(pc.invert(test["is_automated"]))


def _truths(table: pa.Table, seed: int, resamples: int) -> _Truths:
    table = table.sort_by("thread_id")
    people = np.unique(table["person"].to_numpy(), return_inverse=True)[1]
    return _Truths(
        table["thread_id"].to_numpy(),
        people,
        _codes(table["action_type"]),
        table["has_context"].to_numpy(),
        person_weights(np.zeros(people.max() + 1, dtype=np.intp), resamples, seed),
    )


def _measured(truths: _Truths, said: pa.Table, k: int) -> Iterator[dict[str, Any]]:
    models = sorted(said["model"].unique().to_pylist())
    bets = {name: _bets(truths, said.filter(pc.equal(said["model"], name))) for name in models}
    for name, bet in bets.items():
        for metric, measured in sorted(_figures(truths, bet, bet.asked, k).items()):
            yield _row(name, None, metric, measured, measured.draws)
    for name, bet in bets.items():
        for other in (reference for reference in REFERENCES if reference in bets and reference != name):
            both = bet.asked & bets[other].asked
            ours, theirs = (_figures(truths, side, both, k) for side in (bet, bets[other]))
            for metric in sorted(ours.keys() & theirs.keys()):
                yield _row(name, other, metric, ours[metric], ours[metric].draws - theirs[metric].draws)


def _row(model: str, other: str | None, metric: str, measured: Measured, draws: Draws) -> dict[str, Any]:
    low, high = interval(draws)
    value = float(draws[0]) if np.isfinite(draws[0]) else None
    return dict(model=model, other=other, metric=metric, value=value, ci_low=low, ci_high=high, n=measured.n)


def _bets(truths: _Truths, said: pa.Table) -> _Bets:
    said = said.filter(pc.is_in(said["thread_id"], pa.array(truths.thread_ids)))
    places = np.searchsorted(truths.thread_ids, said["thread_id"].to_numpy())
    asked, chosen = np.zeros(len(truths.thread_ids), dtype=bool), np.zeros(len(truths.thread_ids), dtype=np.intp)
    asked[places], chosen[places] = True, _codes(said["action_type"])
    probabilities = np.full((len(asked), len(ACTION_TYPES)), np.nan)
    lists = said["probabilities"].combine_chunks()
    known = lists.is_valid().to_numpy(zero_copy_only=False)
    probabilities[places[known]] = lists.flatten().to_numpy().reshape(-1, len(ACTION_TYPES))
    return _Bets(asked, chosen, probabilities)


def _figures(truths: _Truths, bets: _Bets, asked: Bools, k: int) -> Measures:
    """All figures on the threads `asked`; none of fewer than `k` people."""
    answered = asked & truths.with_context
    if len(np.unique(truths.people[answered])) < k:
        return {}
    n = int(answered.sum())
    table = _table(truths, bets, answered)
    support = table[0].sum(axis=1)
    people = np.unique(np.stack([truths.actions[answered], truths.people[answered]]), axis=1)[0]
    enough = np.bincount(people, minlength=len(ACTION_TYPES)) >= k
    scores, counted = actions.f1_by_label(table), (support >= MIN_SUPPORT) & enough
    common = support >= COMMON_SHARE * support.sum()
    found = {
        "macro_f1": Measured(actions.macro_f1(_table(truths, bets, asked), MIN_SUPPORT), int(asked.sum())),
        "accuracy": Measured(actions.accuracy(table), n),
        "balanced_accuracy": Measured(actions.balanced_accuracy(table, MIN_SUPPORT), n),
        "macro_f1_with_context": Measured(_mean(scores, counted), n),
        "macro_f1_common": Measured(_mean(scores, counted & common), int(support[counted & common].sum())),
        "macro_f1_rare": Measured(_mean(scores, counted & ~common), int(support[counted & ~common].sum())),
        "js_action_mix": Measured(js_divergence(table.sum(axis=1), table.sum(axis=2)), n),
    }
    for place in np.flatnonzero(counted):
        found[f"f1_{ACTION_TYPES[place]}"] = Measured(scores[:, place], int(support[place]))
    if not np.isnan(bets.probabilities[answered]).any():
        found |= _of_probabilities(truths, bets, answered)
    return {name: measured for name, measured in found.items() if np.isfinite(measured.draws[0])}


def _of_probabilities(truths: _Truths, bets: _Bets, asked: Bools) -> Measures:
    people, gold, given = truths.people[asked], truths.actions[asked], bets.probabilities[asked]
    n, places = given.shape
    one_cell = np.zeros(n, dtype=np.intp)
    expected = np.hstack([totals(truths.weights, people, one_cell, 1, given[:, place]) for place in range(places)])
    real = totals(truths.weights, people, gold, len(ACTION_TYPES))
    return {
        "log_loss": Measured(actions.log_loss(truths.weights, people, gold, given), n),
        "calibration_error": Measured(actions.calibration_error(truths.weights, people, gold, given), n),
        "js_action_mix_drawn": Measured(js_divergence(expected, real), n),
    }


def _table(truths: _Truths, bets: _Bets, asked: Bools) -> NDArray[np.float64]:
    return actions.confusion(
        truths.weights, truths.people[asked], truths.actions[asked], bets.actions[asked], len(ACTION_TYPES)
    )


def _mean(scores: NDArray[np.float64], chosen: Bools) -> Draws:
    known = np.isfinite(scores) & chosen
    return ratio(np.where(known, scores, 0).sum(axis=1), known.sum(axis=1))


def _codes(column: pa.ChunkedArray) -> actions.Codes:
    return np.asarray(pc.index_in(column, pa.array(ACTION_TYPES)).to_numpy(), dtype=np.intp)
