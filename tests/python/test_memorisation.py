"""Attacks on adapters: nothing is found where nothing was learnt, a planted leak is, and few targets are no safety."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from simpact.errors import UserError
from simpact.memorisation import low_fpr
from simpact.memorisation.attacked import attacked, with_folders
from simpact.memorisation.canaries import CANARIES, CANARY_LOSSES, EXPOSURES, exposures, make_canaries
from simpact.memorisation.membership import AUDIT, MEMBERSHIP, membership
from simpact.memorisation.ranking import auc, auc_interval
from simpact.memorisation.regurgitation import REGURGITATION, regurgitation
from simpact.memorisation.scored import Scored
from simpact.memorisation.verdicts import GATED, VERDICTS, verdicts

PERSON = 7_000_000_000  # numbers of people begin here, so that one would be seen in any output


def one_each(values: Any) -> Scored:
    return Scored(np.asarray(values, dtype=float), np.arange(len(values)))


def audit(
    members: NDArray, controls: NDArray, threads: int = 1, epoch: int = 1, noise: float = 0.5, seed: int = 0, adapter: str = "a"
) -> pa.Table:
    """What each person's training gained, in nats, around which the threads vary; a base loss that says nothing."""
    rng = np.random.default_rng(seed)
    gain = np.repeat(np.concatenate([members, controls]), threads)
    base = rng.normal(3, 1, len(gain))
    columns = [
        pa.repeat(adapter, len(gain)),
        pa.repeat(epoch, len(gain)),
        pa.array(rng.permutation(len(gain))),
        pa.array(PERSON + np.repeat(np.arange(len(members) + len(controls)), threads)),
        pa.array(np.repeat([True, False], [len(members) * threads, len(controls) * threads])),
        pa.array(base - gain - noise * rng.normal(size=len(gain))),
        pa.array(base),
        pa.repeat(20, len(gain)),
    ]
    return pa.table(columns, names=AUDIT.names).cast(AUDIT)


def by_hand(members: dict[int, list[float]], controls: dict[int, list[float]]) -> pa.Table:
    """An audit of these scores, by person."""
    scored = [(p, group is members, s) for group in (members, controls) for p, found in group.items() for s in found]
    rows = [
        {"adapter": "a", "epoch": 1, "thread_id": i, "person": p, "is_member": m, "loss_adapter": 2 - s, "loss_base": 2.0}
        for i, (p, m, s) in enumerate(scored)
    ]
    return pa.Table.from_pylist(rows, schema=AUDIT)


def canary_losses(planted: Any, alternatives: Any, epoch: int = 1, adapter: str = "a") -> pa.Table:
    gains = np.concatenate([planted, alternatives]).astype(float)
    columns = [
        pa.repeat(adapter, len(gains)),
        pa.repeat(epoch, len(gains)),
        pa.array(np.arange(len(gains))),
        pa.array(np.arange(len(gains)) < len(planted)),
        pa.array(9 - gains),
        pa.repeat(9.0, len(gains)),
    ]
    return pa.table(columns, names=CANARY_LOSSES.names).cast(CANARY_LOSSES)


def row(table: pa.Table, **wanted: Any) -> dict[str, Any]:
    (found,) = [r for r in table.to_pylist() if all(r[name] == value for name, value in wanted.items())]
    return found


def judged(
    members: Any, controls: Any, canaries: float = 0.0, n_runs: int = 0, epochs: tuple[int, ...] = (1,), seed: int = 0
) -> pa.Table:
    """Verdicts on an adapter that gained so much on members and controls, and on planted canaries."""
    rng = np.random.default_rng(seed)
    planted, held_out = rng.normal(canaries, 1, 250), rng.normal(0, 1, 250)
    texts = [rng.integers(0, 1000, 60) for _ in range(40)]
    written = [*texts[:n_runs], *(rng.integers(0, 1000, 60) for _ in range(40 - n_runs))]
    return verdicts(
        membership(pa.concat_tables([audit(members, controls, 2, epoch) for epoch in epochs]), 0),
        exposures(pa.concat_tables([canary_losses(planted, held_out, epoch) for epoch in epochs]), 0),
        pa.concat_tables([regurgitation("a", epoch, written, texts, 0, [("1", "2")] * 30) for epoch in epochs]),
        0.60,
        0.02,
    )


def gate(table: pa.Table) -> dict[str, str]:
    return {r["measure"]: r["verdict"] for r in table.to_pylist() if r["is_gated"]}


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_is_that_of_scikit_learn(ties: bool) -> None:
    """With people of several answers, an answer weighs one over their number."""
    rng = np.random.default_rng(3)
    values = rng.integers(0, 5, 400).astype(float) if ties else rng.normal(size=400)
    people = np.unique(rng.integers(0, 60, 200), return_inverse=True)[1]
    members, controls = Scored(values[:200], people), Scored(values[200:], people)
    truth = np.repeat([1, 0], 200)
    weights = np.concatenate([members.weights(), controls.weights()])
    assert auc(members, controls) == pytest.approx(roc_auc_score(truth, values, sample_weight=weights))
    assert auc(one_each(values[:200]), one_each(values[200:])) == pytest.approx(roc_auc_score(truth, values))


def test_a_persons_score_is_the_mean_of_their_threads() -> None:
    members, controls = {1: [1.0, 3.0], 2: [-1.0]}, {3: [0.0, 0.0, 6.0], 4: [-2.0]}
    table = by_hand(members, controls)
    scored = (
        Scored(np.array([1.0, 3.0, -1.0]), np.array([0, 0, 1])),
        Scored(np.array([0.0, 0.0, 6.0, -2.0]), np.array([0, 0, 0, 1])),
    )
    assert [group.by_person().values.tolist() for group in scored] == [[2.0, -1.0], [2.0, -2.0]]
    assert auc(scored[0].by_person(), scored[1].by_person()) == (0.5 + 1 + 0 + 1) / 4
    # Threads: person 1 has 2/3 over person 3, and 1 over person 4; person 2 has 0 and 1.
    assert auc(*scored) == pytest.approx((2 / 3 + 1 + 0 + 1) / 4)
    assert row(membership(table, 0), unit="person", attack="loss")["auc"] is None  # two people tell nothing


def test_membership_is_by_people_and_by_threads() -> None:
    members = {p: [1.0, 3.0] for p in range(60)} | {p: [-1.0] for p in range(60, 120)}
    controls = {p: [0.0, 0.0, 6.0] for p in range(200, 260)} | {p: [-2.0] for p in range(260, 320)}
    table = membership(by_hand(members, controls), 0)
    assert table.schema == MEMBERSHIP
    assert row(table, unit="person", attack="reference")["auc"] == pytest.approx(2.5 / 4)
    assert row(table, unit="thread", attack="reference")["auc"] == pytest.approx((2 / 3 + 2) / 4)
    for unit in ("thread", "person"):
        found = row(table, unit=unit, attack="reference")
        assert (found["n_members"], found["n_controls"]) == (120, 120)
        assert found["auc_low"] < found["auc"] < found["auc_high"]


def test_the_threshold_lets_one_in_a_hundred_pass() -> None:
    """Of 199 controls 198, the second largest, lets 2 of 200 pass; of 149 the largest 1 of 150, and the line goes on to 1 %."""
    members = one_each([197.5, 198, 198.5, 199.5])
    assert low_fpr.tpr(members, one_each(np.arange(1, 200))) == pytest.approx(0.5)
    assert low_fpr.tpr(one_each([149, 149.5, 1, 2]), one_each(np.arange(1, 150))) == pytest.approx(0.25 * 1.5)
    assert low_fpr.tpr(one_each([500]), one_each(np.arange(1, 150))) == 1
    with pytest.raises(ValueError, match="too few"):
        low_fpr.tpr(members, one_each(np.arange(98)))


def test_one_person_with_hundreds_of_threads_is_one_person() -> None:
    """The 300 threads of one person, all remembered, move figures and intervals no more than one thread would."""
    rng = np.random.default_rng(5)
    members, controls = rng.normal(size=100), one_each(rng.normal(size=100))
    heavy = Scored(np.append(members, np.full(300, 9.0)), np.append(np.arange(100), np.full(300, 100)))
    light = one_each(np.append(members, 9.0))
    assert auc(heavy, controls) == pytest.approx(auc(light, controls))
    for ours in (heavy, heavy.by_person()):
        assert auc_interval(ours, controls, 1) == pytest.approx(auc_interval(light, controls, 1))
    assert low_fpr.tpr(heavy, controls) == pytest.approx(low_fpr.tpr(light, controls))


def test_threads_of_one_person_are_not_taken_for_independent() -> None:
    """Fifty threads that are all alike tell as much as one."""
    rng = np.random.default_rng(6)
    members, controls = rng.normal(size=60), rng.normal(size=60)
    table = membership(audit(members, controls, threads=50, noise=0.0), 0)
    once = auc_interval(one_each(members), one_each(controls), 0)
    thread = row(table, unit="thread", attack="reference")
    assert (thread["auc_low"], thread["auc_high"]) == pytest.approx(once, abs=1e-9)


@pytest.mark.parametrize("threads", [1, 5])
def test_where_nothing_is_remembered_intervals_cover_one_half(threads: int) -> None:
    """In 95 % of 300 trials, give or take three standard errors; and a TPR of 1 % is rejected at 5 % no more often."""
    rng = np.random.default_rng(8)
    people = [np.repeat(np.arange(n), threads) for n in (200, 120)]
    areas, rates, covered = [], [], np.zeros(2)
    for trial in range(300):
        members, controls = (Scored(rng.normal(rng.normal(size=p.max() + 1)[p]), p) for p in people)
        low, high = auc_interval(members, controls, trial, 200)
        areas.append(auc(members, controls))
        rates.append(low_fpr.tpr(members, controls))
        covered += low <= 0.5 <= high, low_fpr.p_value(rates[-1], 200, 120, 0.01) >= 0.05
    assert np.mean(areas) == pytest.approx(0.5, abs=0.006)
    assert np.mean(rates) == pytest.approx(0.01, abs=0.0025)
    assert covered[0] / 300 == pytest.approx(0.95, abs=0.038)
    assert covered[1] / 300 > 0.95 - 0.038


def test_an_interval_of_the_tpr_holds_the_error_of_the_threshold() -> None:
    """With controls without number it is Clopper and Pearson's of 10 in 1000; with 199 of them it is much wider."""
    exact = low_fpr.tpr_interval(0.01, 1000, 10**7 - 1)
    assert exact == pytest.approx((0.004806, 0.018314), abs=1e-4)
    few = low_fpr.tpr_interval(0.01, 1000, 199)
    assert few.low < exact.low and few.high > 2 * exact.high
    assert low_fpr.tpr_interval(0.0, 1000, 199).low == 0 and low_fpr.tpr_interval(1.0, 1000, 199).high == 1


def test_an_adapter_without_memory_is_withstood() -> None:
    rng = np.random.default_rng(10)
    table = judged(rng.normal(size=2000), rng.normal(size=900))
    assert table.schema == VERDICTS
    assert gate(table) == dict.fromkeys(GATED, "withstood")
    assert row(table, measure="person_auc")["value"] == pytest.approx(0.5, abs=0.03)


def test_an_adapter_that_gained_on_its_members_is_refused() -> None:
    rng = np.random.default_rng(11)
    found = gate(judged(rng.normal(0.8, 1, 2000), rng.normal(size=900)))
    assert {m for m, verdict in found.items() if verdict == "succeeded"} == {
        m for m in GATED if m.startswith(("thread", "person"))
    }


def test_a_few_people_who_are_remembered_well_are_found_by_the_tpr_alone() -> None:
    rng = np.random.default_rng(12)
    members = rng.normal(size=2000)
    members[:160] += 8
    found = gate(judged(members, rng.normal(size=900)))
    assert found["person_auc"] == "withstood" and found["person_tpr"] == "succeeded"


def test_scores_that_are_low_for_members_are_found_as_well() -> None:
    rng = np.random.default_rng(13)
    assert gate(judged(rng.normal(-1, 1, 500), rng.normal(size=200)))["person_auc"] == "succeeded"


def test_the_base_model_makes_the_stronger_attacker() -> None:
    rng = np.random.default_rng(14)
    table = membership(audit(rng.normal(0.5, 0.1, 200), rng.normal(0, 0.1, 200), noise=0.1), 0)
    assert row(table, unit="person", attack="reference")["auc"] > 0.95 > 0.75 > row(table, unit="person", attack="loss")["auc"]


@pytest.mark.parametrize(("n_members", "n_controls"), [(29, 500), (500, 29), (0, 40)])
def test_too_few_people_are_never_a_pass(n_members: int, n_controls: int) -> None:
    rng = np.random.default_rng(15)
    table = judged(rng.normal(size=n_members), rng.normal(size=n_controls))
    found = gate(table)
    assert {found[measure] for measure in GATED if measure.startswith(("thread", "person"))} == {"too few targets"}
    assert row(table, measure="person_auc")["value"] is None


def test_too_few_controls_have_no_tpr() -> None:
    rng = np.random.default_rng(16)
    table = judged(rng.normal(size=900), rng.normal(size=98))
    assert row(table, measure="person_tpr")["value"] is None and gate(table)["person_tpr"] == "too few targets"
    assert row(table, measure="person_auc")["value"] is not None


def test_a_tpr_that_could_not_have_been_noticed_is_not_withstood() -> None:
    rng = np.random.default_rng(17)
    assert gate(judged(rng.normal(size=2000), rng.normal(size=222)))["person_tpr"] == "too few targets"
    assert low_fpr.power(2000, 222, 0.02, 0.05, 0.05) < 0.5 < 0.8 < low_fpr.power(2000, 900, 0.02, 0.05, 0.05)
    assert low_fpr.power(2000, 98, 0.02, 0.05, 0.05) == 0


def test_the_last_epoch_is_judged_and_the_curve_is_reported() -> None:
    rng = np.random.default_rng(18)
    table = judged(rng.normal(size=100), rng.normal(size=100), epochs=(1, 2, 3))
    rows = table.to_pylist()
    assert {r["epoch"] for r in rows if r["is_gated"]} == {3}
    assert {r["verdict"] for r in rows if not r["is_gated"]} == {"reported"}
    assert len(rows) == 3 * len({r["measure"] for r in rows}) == len({(r["epoch"], r["measure"]) for r in rows})
    assert sorted(gate(table)) == sorted(GATED)


def test_what_was_not_measured_after_the_last_epoch_is_not_withstood() -> None:
    rng = np.random.default_rng(19)
    table = verdicts(
        membership(audit(rng.normal(size=200), rng.normal(size=200), epoch=1), 0),
        exposures(canary_losses(rng.normal(size=250), rng.normal(size=250), epoch=2), 0),
        REGURGITATION.empty_table(),
        0.6,
        0.02,
    )
    assert gate(table) == dict.fromkeys(GATED, "too few targets")


@pytest.mark.parametrize("ceilings", [(0.5, 0.02), (1.0, 0.02), (0.6, 0.01), (0.6, 0.5)])
def test_a_ceiling_that_is_none_is_an_error(ceilings: tuple[float, float]) -> None:
    empty = MEMBERSHIP.empty_table(), EXPOSURES.empty_table(), REGURGITATION.empty_table()
    with pytest.raises(UserError, match="no ceilings"):
        verdicts(*empty, *ceilings)
    assert verdicts(*empty, 0.6, 0.02).num_rows == 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
def test_a_loss_that_is_no_number_is_an_error_that_names_nobody(bad: float | None) -> None:
    rows = audit(np.zeros(3), np.zeros(3)).to_pylist()
    rows[2]["loss_adapter"] = bad
    with pytest.raises(UserError, match="no finite numbers") as error:
        membership(pa.Table.from_pylist(rows, schema=AUDIT), 0)
    assert str(PERSON)[:5] not in str(error.value)


def test_nobody_is_a_member_and_a_control() -> None:
    table = by_hand({PERSON: [1.0]}, {PERSON: [2.0]})
    with pytest.raises(ValueError, match="both members and controls") as error:
        membership(table, 0)
    assert str(PERSON) not in str(error.value)


def test_no_output_has_a_number_of_a_person_and_a_seed_gives_the_same() -> None:
    rng = np.random.default_rng(20)
    losses = audit(rng.normal(size=150), rng.normal(size=150), threads=3)
    table = membership(losses, 4)
    assert "person" not in table.schema.names and "thread_id" not in table.schema.names
    assert not [v for r in table.to_pylist() for v in r.values() if isinstance(v, (int, float)) and v >= PERSON]
    assert table == membership(losses.take(rng.permutation(len(losses))), 4)
    assert table != membership(losses, 5)


def test_exposure_is_as_computed_by_hand() -> None:
    """Of 7 alternatives: above all is rank 1 and 3 bits; below three, rank 4 and 1 bit; below all, rank 8 and nothing."""
    found = row(exposures(canary_losses([10, 4.5, 0], [1, 2, 3, 4, 5, 6, 7]), 0))
    assert found["mean_exposure"] == pytest.approx((3 + 1 + 0) / 3)
    assert (found["max_exposure"], found["share_first"]) == (3, pytest.approx(1 / 3))
    assert (found["n_planted"], found["n_alternatives"], found["auc"]) == (3, 7, None)
    tied = row(exposures(canary_losses([5], [5, 5, 1]), 0))  # one of three: rank 2 of 4
    assert (tied["mean_exposure"], tied["share_first"]) == (1, 0)


def test_canaries_that_are_remembered_are_found() -> None:
    rng = np.random.default_rng(21)
    people = rng.normal(size=300), rng.normal(size=300)
    assert row(judged(*people), measure="canary_auc")["ci_low"] < 0.5 < row(judged(*people), measure="canary_auc")["ci_high"]
    table = judged(*people, canaries=4.0)
    assert row(table, measure="canary_auc")["ci_low"] > 0.95
    assert row(table, measure="canary_mean_exposure")["value"] > 5
    chance = row(exposures(canary_losses(rng.normal(size=4000), rng.normal(size=4000)), 0))
    assert chance["mean_exposure"] == pytest.approx(1.44, abs=0.15)


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        (["123456 and more"] + ["654321"] * 9, "succeeded"),
        (["12345"] + ["654321"] * 9, "withstood"),
        (["654321"] * 9, "too few targets"),
    ],
)
def test_a_single_canary_that_is_written_out_refuses_the_adapter(written: list[str], verdict: str) -> None:
    found = regurgitation("a", 1, [], [], 0, [("123456", text) for text in written])
    table = verdicts(MEMBERSHIP.empty_table(), EXPOSURES.empty_table(), found, 0.6, 0.02)
    assert gate(table)["canary_extracted"] == verdict


def test_canaries_differ_and_half_of_them_are_to_be_planted() -> None:
    canaries = make_canaries(100, 1)
    assert canaries.schema == CANARIES and len(canaries) == 200
    assert sum(canaries["is_planted"].to_pylist()) == 100 == sum(make_canaries(100, 2)["is_planted"].to_pylist())
    assert len(set(canaries["answer"].to_pylist())) == 200
    assert canaries == make_canaries(100, 1)
    assert not set(canaries["answer"].to_pylist()) & set(make_canaries(100, 2)["answer"].to_pylist())


def run_of(n: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A generation and an answer that share just n tokens, in the middle of both."""
    rng = np.random.default_rng(seed)
    shared = rng.integers(0, 100, n)
    return np.concatenate([[1000], shared, [1001, 5]]), np.concatenate([[2000, 7], shared, [2001]])


@pytest.mark.parametrize(("n", "found"), [(49, 0), (50, 1), (51, 1)])
def test_a_run_of_fifty_tokens_is_found_and_one_of_49_is_not(n: int, found: int) -> None:
    rng = np.random.default_rng(22)
    written, answer = run_of(n)
    others = [rng.integers(3000, 4000, 80) for _ in range(50)]
    table = regurgitation("a", 3, [others[0] + 5000, written], [*others, answer], 0)
    assert table.schema == REGURGITATION
    assert table.to_pylist() == [
        {
            "adapter": "a",
            "epoch": 3,
            "n_generations": 2,
            "n_long": 2,
            "n_possible": 51,
            "n_regurgitated": found,
            "longest_run": n,
            "n_canaries": 0,
            "n_extracted": 0,
        }
    ]


def test_a_run_does_not_go_from_one_answer_into_the_next() -> None:
    tokens = np.arange(80)
    assert row(regurgitation("a", 1, [tokens], [tokens[:40], tokens[40:]], 0))["longest_run"] == 40
    assert row(regurgitation("a", 1, [tokens[:40], tokens[40:]], [tokens], 0))["n_regurgitated"] == 0


def test_what_the_model_was_given_is_no_memory() -> None:
    answer = list(range(100))
    assert row(regurgitation("a", 1, [answer], [answer], 0))["longest_run"] == 100
    found = row(regurgitation("a", 1, [answer], [answer], 60))
    assert (found["longest_run"], found["n_possible"], found["n_regurgitated"]) == (40, 0, 0)
    assert row(regurgitation("a", 1, [answer], [answer], 50))["n_regurgitated"] == 1


def test_the_longest_run_is_that_of_a_search_by_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simpact.memorisation.regurgitation.BLOCK", 64)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        written, answers = ([rng.integers(0, 3, rng.integers(0, 30)).tolist() for _ in range(8)] for _ in range(2))
        length = 5 + seed % 3

        def runs(text: list[int], length: int) -> set[tuple[int, ...]]:
            return {tuple(text[i : i + length]) for i in range(len(text) - length + 1)}

        found = row(regurgitation("a", 1, written, answers, 0, n=length))
        known = set[tuple[int, ...]]().union(*(runs(a, length) for a in answers))
        assert found["n_regurgitated"] == sum(bool(runs(w, length) & known) for w in written)
        longest = max(n for n in range(31) if n == 0 or any(runs(w, n) & runs(a, n) for w in written for a in answers))
        assert found["longest_run"] == longest


@pytest.mark.parametrize(
    ("generations", "answers", "verdict"),
    [
        ([range(60)], [range(60)], "succeeded"),
        ([range(100, 160)], [range(60)] * 30, "withstood"),
        ([range(100, 160)], [range(60)] * 29, "too few targets"),
        ([range(100, 160)], [range(49)] * 500, "too few targets"),
        ([range(100, 149)], [range(60)] * 500, "too few targets"),
        ([], [range(60)] * 500, "too few targets"),
        ([range(60)], [], "too few targets"),
    ],
)
def test_nothing_regurgitated_needs_answers_that_could_have_been(
    generations: list[range], answers: list[range], verdict: str
) -> None:
    table = verdicts(
        MEMBERSHIP.empty_table(), EXPOSURES.empty_table(), regurgitation("a", 1, generations, answers, 0), 0.6, 0.02
    )
    assert gate(table)["regurgitated"] == verdict


def test_what_was_found_of_other_weights_is_not_of_these() -> None:
    trained = pa.table({"adapter": ["a", "b", "c"], "folder": ["a-2", "b-1", "c-1"]})
    losses = pa.table({"adapter": ["a", "b", "c"], "folder": ["a-1", "b-1", "c-1"]})
    continued = pa.table({"adapter": ["a", "b"], "folder": ["a-2", "b-1"]})
    assert attacked(trained, losses, continued).to_pylist() == [{"adapter": "b", "folder": "b-1"}]
    assert with_folders(pa.table({"adapter": ["c", "a", "c"]}), trained)["folder"].to_pylist() == ["c-1", "a-2", "c-1"]
