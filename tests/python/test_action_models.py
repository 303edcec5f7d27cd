"""The library under the action model: features as numbers, likeness, trees and what they decide, figures by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from simpact.actions import ACTION_TYPES
from simpact.prediction import predictions as predicting
from simpact.prediction.boosting import USUAL_POWER, ActionModel, BoostingSettings, Cases
from simpact.prediction.features import MOST_CATEGORIES, Features, features_of
from simpact.prediction.likeness import likenesses
from simpact.prediction.scores import MEASURES, MIN_SUPPORT, WITHOUT_AUTOMATED, action_measures

PLACES = {name: place for place, name in enumerate(ACTION_TYPES)}
LIKE, FOLLOW, REPOST, BLOCK = (PLACES[name] for name in ("like", "follow", "repost", "block"))
QUICK = BoostingSettings(seed=1, learning_rate=0.2, max_trees=40, min_threads_in_leaf=5)


# Features


def test_structs_are_taken_apart_and_texts_are_places_in_the_alphabet() -> None:
    table = pa.table(
        {
            "n": pa.array([1, None], pa.int64()),
            "is_own": [True, None],
            "last": ["repost", "like"],
            "ever": [{"like": 2, "deep": {"x": 0.5}}, None],
        }
    )
    features = features_of(table)
    assert features.names == ["n", "is_own", "last", "ever.like", "ever.deep.x"]
    assert features.categorical == [False, False, True, False, False]
    expected = [[1, 1, 1, 2, 0.5], [math.nan, math.nan, 0, math.nan, math.nan]]
    np.testing.assert_array_equal(features.values, np.array(expected, dtype=np.float32))


def test_a_text_that_is_unknown_is_no_category_and_too_many_are_no_categories() -> None:
    names = [f"{place:04}" for place in range(MOST_CATEGORIES + 1)]
    features = features_of(pa.table({"few": [None, *names[:-1]], "many": names}))
    assert features.categorical == [True, False]
    assert np.isnan(features.values[0, 0]) and features.values[1:, 0].tolist() == list(range(MOST_CATEGORIES))


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(TypeError, match="tags is no feature"):
        features_of(pa.table({"tags": [["a"], ["b"]]}))


def test_a_column_varies_that_is_known_of_some_only() -> None:
    table = pa.table({"one": [1.0, 1.0], "known": [1.0, None], "two": [1.0, 2.0], "none": pa.array([None, None], pa.float64())})
    assert features_of(table).varying().tolist() == [False, True, True, False]


# Likeness


def batch(rows: Sequence[tuple[int, bool, int, Sequence[float]]]) -> pa.RecordBatch:
    users, own, ids, vectors = zip(*rows, strict=True)
    kinds = (pa.int64(), pa.bool_(), pa.int64(), pa.list_(pa.float32()))
    return pa.record_batch(
        [pa.array(column, kind) for column, kind in zip((users, own, ids, vectors), kinds, strict=True)],
        names=["user_number", "is_own", "id", "embedding"],
    )


def found_in(batches: Iterator[pa.RecordBatch]) -> dict[int, float]:
    return {row["thread_id"]: row["likeness"] for part in likenesses(batches) for row in part.to_pylist()}


def test_likeness_is_the_cosine_with_the_mean_of_what_was_written_before() -> None:
    rows = [
        (0, False, 1, (1, 0)),  # has written nothing
        (0, True, 2, (1, 0)),
        (0, False, 3, (0.6, 0.8)),
        (0, True, 4, (0, 1)),
        (0, False, 5, (0.6, 0.8)),
        (1, False, 6, (1, 0)),  # somebody else, who has written nothing
        (1, True, 7, (-1, 0)),
        (1, False, 8, (1, 0)),
    ]
    assert found_in(iter([batch(rows)])) == pytest.approx({3: 0.6, 5: 1.4 / math.sqrt(2), 8: -1}, abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_batches_of_any_size_say_the_same(seed: int, n: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = [
        (user, bool(own), place, tuple(vectors[place]))
        for place, (user, own) in enumerate(zip(sorted(rng.integers(0, 4, n).tolist()), rng.integers(0, 2, n), strict=True))
    ]
    empty = batch(rows[:1]).slice(0, 0)
    parts = [empty, *(batch(rows[start : start + size]) for start in range(0, n, size)), empty]
    expected = {}
    for user, own, place, vector in rows:
        before = np.sum([row[3] for row in rows if row[0] == user and row[1] and row[2] < place], axis=0)
        if not own and np.linalg.norm(before) > 1e-3:
            expected[place] = float(before @ vector / np.linalg.norm(before))
    found = found_in(iter(parts))
    assert {place: found[place] for place in expected} == pytest.approx(expected, abs=1e-5)
    assert not {place for place in found.keys() - expected.keys() if not any(row[1] for row in rows[:place])}


# Trees


def cases(values: NDArray[Any], actions: NDArray[Any]) -> Cases:
    values = np.asarray(values, dtype=np.float32)
    values = values[:, None] if values.ndim == 1 else values
    names = [f"f{place}" for place in range(values.shape[1])]
    return Cases(Features(values, names, [False] * len(names)), np.asarray(actions), np.arange(len(actions)))


def noisy(rng: np.random.Generator, n: int, right: float) -> Cases:
    """A rule over one of three features that holds with some probability: like below 0, follow above."""
    values = rng.normal(size=(n, 3))
    said = np.where(values[:, 1] > 0, FOLLOW, LIKE)
    other = np.where(said == LIKE, FOLLOW, LIKE)
    return cases(values, np.where(rng.random(n) < right, said, other))


def test_a_planted_rule_is_learnt_and_probabilities_are_those_it_was_planted_with() -> None:
    rng = np.random.default_rng(1)
    model = ActionModel.fit(noisy(rng, 4000, 0.9), noisy(rng, 1000, 0.9), BoostingSettings(seed=1))
    asked = noisy(rng, 2000, 0.9)
    probabilities = model.probabilities(asked.features)
    assert probabilities.shape == (2000, len(ACTION_TYPES))
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert set(np.flatnonzero(probabilities.any(axis=0))) == {LIKE, FOLLOW}  # what was never seen has none
    rule = np.where(asked.features.values[:, 1] > 0, FOLLOW, LIKE)
    assert (model.decide(probabilities) == rule).mean() > 0.97
    assert probabilities.max(axis=1).mean() == pytest.approx(0.9, abs=0.03)
    assert 0.6 < model.temperature < 1.6


def test_temperature_mends_overconfidence() -> None:
    """Trees that learn where the rule holds always are asked where it holds in three of four."""
    rng = np.random.default_rng(2)
    model = ActionModel.fit(noisy(rng, 2000, 1.0), noisy(rng, 1000, 0.75), BoostingSettings(seed=1, patience=300))
    assert model.temperature > 2
    assert model.probabilities(noisy(rng, 2000, 0.75).features).max(axis=1).mean() < 0.9


def test_a_rare_action_is_bet_on_before_it_is_the_most_probable() -> None:
    model = ActionModel(None, np.zeros(1, dtype=bool), np.array([LIKE, BLOCK]), np.array([0.9, 0.1]))
    given = np.zeros((3, len(ACTION_TYPES)))
    given[:, LIKE], given[:, BLOCK] = [0.9, 0.7, 0.2], [0.1, 0.3, 0.8]
    model.power = 0.0
    assert model.decide(given).tolist() == [LIKE, LIKE, BLOCK]
    model.power = 0.5
    assert model.decide(given).tolist() == [LIKE, BLOCK if 0.3 / 0.1**0.5 > 0.7 / 0.9**0.5 else LIKE, BLOCK]
    model.power = 1.0
    assert model.decide(given)[1] == BLOCK


def test_few_threads_are_no_reason_to_leave_the_usual_power() -> None:
    rng = np.random.default_rng(3)
    few = ActionModel.fit(noisy(rng, 500, 0.8), noisy(rng, 4, 0.8), QUICK)
    assert few.power == pytest.approx(USUAL_POWER)


def test_one_action_is_certain() -> None:
    only = cases(np.arange(30.0), np.full(30, LIKE))
    model = ActionModel.fit(only, only, QUICK)
    probabilities = model.probabilities(only.features)
    assert probabilities[:, LIKE].tolist() == [1.0] * 30 and set(model.decide(probabilities)) == {LIKE}


def test_features_that_never_vary_leave_the_shares() -> None:
    said = np.array([LIKE] * 30 + [FOLLOW] * 10)
    model = ActionModel.fit(cases(np.ones(40), said), cases(np.ones(0), said[:0]), QUICK)
    assert model.probabilities(cases(np.ones(1), said[:1]).features)[0, [LIKE, FOLLOW]] == pytest.approx([0.75, 0.25])


def test_without_validation_nothing_is_chosen() -> None:
    rng = np.random.default_rng(4)
    nobody = noisy(rng, 0, 1.0)
    model = ActionModel.fit(noisy(rng, 300, 0.9), nobody, QUICK)
    assert (model.temperature, model.power) == (1.0, USUAL_POWER)
    strangers = cases(rng.normal(size=(5, 3)), np.full(5, BLOCK))  # an action that training never showed
    assert ActionModel.fit(noisy(rng, 300, 0.9), strangers, QUICK).temperature == 1.0


def test_there_must_be_something_to_learn_from() -> None:
    rng = np.random.default_rng(5)
    with pytest.raises(ValueError, match="no thread to learn"):
        ActionModel.fit(noisy(rng, 0, 1.0), noisy(rng, 10, 1.0), QUICK)


def test_the_same_seed_grows_the_same_trees() -> None:
    training, validation = noisy(np.random.default_rng(6), 400, 0.8), noisy(np.random.default_rng(7), 100, 0.8)
    one, other = (ActionModel.fit(training, validation, QUICK) for _ in range(2))
    assert (one.probabilities(training.features) == other.probabilities(training.features)).all()


# Predictions


def table_of(n: int, seed: int, **changed: Any) -> pa.Table:
    """Threads of ten people of two personas, every fourth of them held out: who is asked by words answers by words."""
    rng = np.random.default_rng(seed)
    value = rng.normal(size=n)
    columns = {
        "thread_id": np.arange(n) + 100,
        "person": np.arange(n) % 10,
        "action_type": np.where(value > 0, "follow", "like"),
        "part_by_time": np.array(["train", "train", "validation", "test"])[np.arange(n) * 4 // n],
        "part_at_random": np.array(["train", "test", "train", "validation"])[np.arange(n) % 4],
        "is_automated": np.zeros(n, dtype=bool),
        "persona": np.where(np.arange(n) % 10 < 7, "persona 0", "persona 1"),
        "value": value,
    }
    return pa.table(columns | changed)


def asked_by(found: pa.Table) -> dict[tuple[str, str], set[int]]:
    asked: dict[tuple[str, str], set[int]] = {}
    for row in found.to_pylist():
        asked.setdefault((row["model"], row["split"]), set()).add(row["thread_id"])
    return asked


@pytest.fixture
def small_personas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "THREADS_OF_A_PERSONA", 100)


def test_every_model_is_asked_about_its_held_out_threads(small_personas: None) -> None:
    table = table_of(400, 1)  # 200 train: 140 and 60 by persona
    released = table.drop_columns(["part_at_random", "is_automated"]).slice(0, 350)
    found = predicting.predictions(table, released, QUICK)
    assert found.schema == predicting.PREDICTIONS
    late = set(range(400, 500))
    assert asked_by(found) == {
        ("boosted", "by_time"): late,
        ("boosted", "at_random"): set(range(101, 500, 4)),
        ("boosted_by_persona", "by_time"): {thread for thread in late if (thread - 100) % 10 < 7},
        ("boosted_released", "by_time"): set(range(400, 450)),
    }
    truth = dict(zip(table["thread_id"].to_pylist(), table["action_type"].to_pylist(), strict=True))
    rows = found.to_pylist()
    assert sum(truth[row["thread_id"]] == row["action_type"] for row in rows) > 0.95 * len(rows)
    assert all(len(row["probabilities"]) == 13 and sum(row["probabilities"]) == pytest.approx(1) for row in rows)
    assert found.equals(predicting.predictions(table, released, QUICK))


def test_automated_accounts_are_left_out_of_training_and_asked_about() -> None:
    automated = np.arange(400) % 10 == 3
    lying = np.where(automated, "block", table_of(400, 1)["action_type"].to_numpy(zero_copy_only=False))
    found = predicting.predictions(
        table_of(400, 1, is_automated=automated, action_type=lying), table_of(0, 1).drop_columns(["part_at_random"]), QUICK
    )
    asked = asked_by(found)
    assert asked.keys() == {("boosted", "by_time"), ("boosted", "at_random"), ("boosted_without_automated", "by_time")}
    assert asked["boosted_without_automated", "by_time"] == set(range(400, 500))
    without = [row["probabilities"][BLOCK] for row in found.to_pylist() if row["model"] == "boosted_without_automated"]
    assert set(without) == {0.0}


def test_without_a_thread_to_learn_from_there_is_no_model() -> None:
    late = table_of(40, 1, part_by_time=["test"] * 40, part_at_random=["test"] * 40)
    assert predicting.predictions(late, late.slice(0, 0), QUICK).equals(predicting.PREDICTIONS.empty_table())


# Figures


def truths_of(actions: Sequence[str], people: Sequence[int] | None = None, **changed: Sequence[Any]) -> pa.Table:
    n = len(actions)
    columns: dict[str, Any] = {
        "split": ["by_time"] * n,
        "part": ["test"] * n,
        "thread_id": range(n),
        "person": range(n) if people is None else people,
        "action_type": actions,
        "has_context": [True] * n,
        "is_automated": [False] * n,
    }
    return pa.table({name: list(values) for name, values in (columns | changed).items()})


def bets_of(**by_model: dict[int, str] | Sequence[str]) -> pa.Table:
    rows = []
    for model, bets in by_model.items():
        for thread, action in (bets if isinstance(bets, dict) else dict(enumerate(bets))).items():
            rows.append({"model": model, "split": "by_time", "thread_id": thread, "action_type": action, "probabilities": None})
    return pa.Table.from_pylist(rows, schema=predicting.PREDICTIONS)


def read(measures: pa.Table) -> dict[tuple[str, str | None, str], dict[str, Any]]:
    """Of part `test`: by model, other model and metric."""
    assert measures.schema == MEASURES
    rows = [row for row in measures.to_pylist() if row["part"] == "test"]
    return {(row["model"], row["other"], row["metric"]): row for row in rows}


def test_macro_figures_are_of_actions_with_enough_real_cases() -> None:
    real = ["like"] * 60 + ["follow"] * 40 + ["block"] * (MIN_SUPPORT - 1) + ["post"] * 40
    said = ["like"] * 50 + ["follow"] * 10 + ["follow"] * 30 + ["block"] * 10 + ["like"] * (MIN_SUPPORT - 1) + ["post"] * 40
    context = [action != "post" for action in real]
    found = read(action_measures(truths_of(real, has_context=context), bets_of(mine=said), 1, k=1, resamples=50))
    scores = dict(
        zip(("like", "follow"), f1_score(real[:129], said[:129], labels=["like", "follow"], average=None), strict=True)
    )
    for action, score in scores.items():
        assert found["mine", None, f"f1_{action}"]["value"] == pytest.approx(score)
    assert ("mine", None, "f1_block") not in found and ("mine", None, "f1_post") not in found
    assert found["mine", None, "macro_f1_with_context"]["value"] == pytest.approx(np.mean(list(scores.values())))
    assert found["mine", None, "macro_f1"]["value"] == pytest.approx(np.mean([*scores.values(), 1.0]))
    assert (found["mine", None, "macro_f1"]["n"], found["mine", None, "accuracy"]["n"]) == (169, 129)
    assert found["mine", None, "accuracy"]["value"] == pytest.approx(80 / 129)
    assert found["mine", None, "balanced_accuracy"]["value"] == pytest.approx((50 / 60 + 30 / 40) / 2)


def test_common_actions_are_a_tenth_and_more() -> None:
    real = ["like"] * 300 + ["follow"] * 40 + ["quote"] * 30
    found = read(action_measures(truths_of(real), bets_of(mine=real), 1, k=1, resamples=10))
    assert found["mine", None, "macro_f1_common"]["n"] == 340 and found["mine", None, "macro_f1_rare"]["n"] == 30


def test_a_better_model_is_above_a_worse_one_and_the_interval_is_paired() -> None:
    real = ["like", "follow"] * 60
    good = [action if place % 10 else "like" for place, action in enumerate(real)]
    bad = [action if place % 2 else "like" for place, action in enumerate(good)][::-1]
    found = read(action_measures(truths_of(real), bets_of(mine=good, rule=bad, majority=["like"] * 120), 1, k=1, resamples=200))
    row = found["mine", "rule", "macro_f1_with_context"]
    assert 0 < row["ci_low"] <= row["value"] <= row["ci_high"] and row["n"] == 120
    scores = [found[model, None, "macro_f1_with_context"]["value"] for model in ("mine", "rule")]
    assert row["value"] == pytest.approx(scores[0] - scores[1])
    assert found["rule", "majority", "accuracy"]["value"] == -found["majority", "rule", "accuracy"]["value"]
    same = read(action_measures(truths_of(real), bets_of(mine=good, rule=good), 1, k=1, resamples=50))[
        "mine", "rule", "macro_f1_with_context"
    ]
    assert (same["value"], same["ci_low"], same["ci_high"]) == (0, 0, 0)


def test_models_are_compared_on_threads_both_were_asked_about() -> None:
    real = ["like", "follow"] * 60
    half = {place: real[place] for place in range(60)}
    wrong_later = [*real[:60], *["block"] * 60]
    found = read(action_measures(truths_of(real), bets_of(lookup=half, rule=wrong_later), 1, k=1, resamples=20))
    assert found["lookup", "rule", "accuracy"] | {"n": 60, "value": 0.0} == found["lookup", "rule", "accuracy"]
    assert found["rule", None, "accuracy"]["value"] == 0.5 and found["lookup", None, "accuracy"]["n"] == 60


def test_a_figure_that_does_not_exist_is_no_row() -> None:
    """Too few cases of any action, with a context and where no thread has one."""
    for with_context in (True, False):
        few = truths_of(["post"] * 9, has_context=[with_context] * 9)
        rows = action_measures(few, bets_of(boosted=["post"] * 9, rule=["post"] * 9), 1, k=1, resamples=10).to_pylist()
        assert all(row["value"] is not None for row in rows) and bool(rows) == with_context


def test_parts_are_told_apart_and_one_is_of_people_who_are_not_automated() -> None:
    real, people = ["like"] * 40, [0] * 10 + [1] * 30
    part, automated = ["overlapping"] * 10 + ["test"] * 30, [False] * 20 + [True] * 20
    rows = action_measures(
        truths_of(real, people, part=part, is_automated=automated), bets_of(rule=["like"] * 40), 1, k=1, resamples=10
    ).to_pylist()
    sizes = {row["part"]: row["n"] for row in rows if row["metric"] == "accuracy"}
    assert sizes == {"overlapping": 10, "test": 30, WITHOUT_AUTOMATED: 10}


def test_no_figure_is_of_fewer_than_k_people() -> None:
    real = ["like"] * 40
    truths, bets = truths_of(real, [0] * 20 + [1] * 20), bets_of(rule=real)
    assert len(action_measures(truths, bets, 1, k=2, resamples=10))
    assert not len(action_measures(truths, bets, 1, k=3, resamples=10))


def test_an_action_of_fewer_than_k_people_counts_in_no_macro_figure() -> None:
    """Forty follows by one person are enough cases and too few people."""
    real = ["like"] * 40 + ["follow"] * 40
    people = [*range(40), *[40] * 40]
    found = read(action_measures(truths_of(real, people), bets_of(rule=["like"] * 80), 1, k=2, resamples=10))
    assert ("rule", None, "f1_follow") not in found
    assert (
        found["rule", None, "macro_f1_with_context"]["value"] == found["rule", None, "f1_like"]["value"] == pytest.approx(2 / 3)
    )


def test_the_part_without_automated_accounts_is_told_where_k_of_them_are_left_out() -> None:
    """Else the difference from the whole part would tell of the few; those without a context are in no other figure."""
    real = ["like"] * 60
    bets = bets_of(rule=real)
    for n_automated, with_context, is_told in ((10, True, True), (9, True, False), (10, False, False)):
        automated = [True] * n_automated + [False] * (60 - n_automated)
        truths = truths_of(real, is_automated=automated, has_context=[with_context or not flag for flag in automated])
        parts = set(action_measures(truths, bets, 1, k=10, resamples=10)["part"].to_pylist())
        assert (WITHOUT_AUTOMATED in parts) == is_told


def test_probabilities_are_judged_where_every_thread_has_some() -> None:
    real = ["like", "follow"] * 40
    bets = bets_of(boosted=real, rule=real)
    given = np.zeros((80, 13))
    given[:, [LIKE, FOLLOW]] = 0.5
    lists = [*given.tolist(), *[None] * 80]
    found = read(action_measures(truths_of(real), bets.set_column(4, "probabilities", pa.array(lists)), 1, k=1, resamples=10))
    assert found["boosted", None, "log_loss"]["value"] == pytest.approx(math.log(2))
    assert found["boosted", None, "js_action_mix_drawn"]["value"] == pytest.approx(0, abs=1e-9)
    assert ("rule", None, "log_loss") not in found and ("rule", "boosted", "log_loss") not in found
    lists[3] = None
    found = read(action_measures(truths_of(real), bets.set_column(4, "probabilities", pa.array(lists)), 1, k=1, resamples=10))
    assert ("boosted", None, "log_loss") not in found and ("boosted", None, "accuracy") in found


TWO = st.sampled_from(["like", "follow"])


@given(st.lists(st.tuples(TWO, TWO, st.integers(0, 5)), min_size=60, max_size=90))
@settings(max_examples=25, deadline=None)
def test_macro_f1_is_the_common_one(rows: list[tuple[str, str, int]]) -> None:
    real, said, people = (list(column) for column in zip(*rows, strict=True))
    labels = [action for action in ("like", "follow") if real.count(action) >= MIN_SUPPORT]
    found = read(action_measures(truths_of(real, people), bets_of(mine=said), 1, k=1, resamples=20))
    if not labels:
        assert ("mine", None, "macro_f1") not in found
    else:
        row = found["mine", None, "macro_f1"]
        assert row["value"] == pytest.approx(f1_score(real, said, labels=labels, average="macro", zero_division=0))
        assert row["ci_low"] <= row["value"] + 1e-9 and row["value"] - 1e-9 <= row["ci_high"]
