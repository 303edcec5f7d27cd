"""Who is automated: planted bots are found and busy people are not, no score knows the future, and what a table tells of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, average_precision_score

from homes import NO_EXPERIMENT, NO_TESTS, private
from oracle import ROOT
from simpact.clustering.personas import ClusteringSettings, clusters_table
from simpact.evaluation.automation import FIGURES, average_precision, dominated_share, measured_automation, rand_index
from simpact.evaluation.bootstrap import in_parts
from warehouse import run_dbt

SCORED = ("int_automation__posts", "int_automation__actions", "int_automation__running", "account_automation")
READ = (
    *("private.int_actions__targeted", "staging.stg_bluesky__posts", "staging.stg_bluesky__withheld"),
    *("staging.stg_bluesky__facets", "staging.stg_bluesky__profiles"),
)


@pytest.fixture(scope="module")
def scores(sample_home: Path) -> dict[str, tuple[float, int]]:
    """Of everybody who acts: the score, and how many actions it is of."""
    with duckdb.connect(str(sample_home / "simpact_private.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("select user_did, score, n_actions from private.account_automation").fetchall()
    return {did: (score, n_actions) for did, score, n_actions in rows}


@pytest.fixture(scope="module")
def bots() -> set[str]:
    lines = (ROOT / "seeds/sample/truth/users.ndjson").read_text().splitlines()
    return {user["did"] for user in map(json.loads, lines) if user["is_bot"]}


def test_the_planted_bots_are_found(scores: dict[str, tuple[float, int]], bots: set[str]) -> None:
    assert len(bots & scores.keys()) == 15
    truth = [did in bots for did in scores]
    assert average_precision_score(truth, [score for score, _ in scores.values()]) >= 0.9
    assert min(scores[did][0] for did in bots) >= 0.5


def test_the_busiest_people_are_below_the_threshold(scores: dict[str, tuple[float, int]], bots: set[str]) -> None:
    people = sorted(scores.keys() - bots, key=lambda did: scores[did][1], reverse=True)
    assert max(scores[did][0] for did in people[:100]) < 0.25


class Future:
    """What the scores read, as of a moment, and the SQL of the models that make them."""

    def __init__(self, home: Path) -> None:
        self.warehouse = duckdb.connect()
        self.warehouse.execute(f"attach '{home / 'simpact_private.duckdb'}' as built (read_only)")
        self.warehouse.execute("attach ':memory:' as simpact_private; use simpact_private")
        for statement in ("create schema private", "create schema staging"):
            self.warehouse.execute(statement)
        hooks = (home / "target/compiled/simpact/./dbt_project.yml/hooks").glob("simpact-on-run-start-*.sql")
        for hook in hooks:
            self.warehouse.execute(hook.read_text())
        self.models = home / "target/compiled/simpact/models/intermediate/automation"
        for table in READ:
            self.warehouse.execute(f"create table whole_{table.split('.')[1]} as from built.{table}")

    def scores(self, where: str) -> tuple[dict[int, float], dict[str, float]]:
        """Running scores by action, and scores by person, of those actions only that `where` admits."""
        for table in READ:
            limit = f"where {where}" if "targeted" in table else ""
            self.warehouse.execute(f"create or replace table {table} as from whole_{table.split('.')[1]} {limit}")
        for model in SCORED:
            self.warehouse.execute(f"create or replace table private.{model} as {(self.models / f'{model}.sql').read_text()}")
        running = self.warehouse.execute("from private.int_automation__running").fetchall()
        return dict(running), dict(self.warehouse.execute("select user_did, score from private.account_automation").fetchall())


@pytest.fixture(scope="module")
def future(sample_home: Path) -> Iterator[Future]:
    found = Future(sample_home)
    yield found
    found.warehouse.close()


def test_no_score_knows_the_future(future: Future) -> None:
    """Cut off at a moment, every action up to then has the score that it has with all that came later."""
    everything, _ = future.scores("true")
    assert len(set(everything.values())) > 1000
    for quantile in (0.3, 0.7):
        cut = future.warehouse.execute(
            f"select quantile_disc(acted_us, {quantile}) from whole_int_actions__targeted"
        ).fetchall()[0][0]
        past, _ = future.scores(f"acted_us <= {cut}")
        assert 0 < len(past) < len(everything)
        assert past == {action: everything[action] for action in past}


def test_the_running_score_is_that_of_the_whole_history_before(future: Future) -> None:
    """One macro, two ways of adding up: what came before a moment, taken for the whole history, scores the same."""
    everything, _ = future.scores("true")
    last = future.warehouse.execute("""
        select actor_did, max(acted_us), max_by(action_id, acted_us) from private.int_automation__actions
        group by actor_did having count(*) > 40 order by max(acted_us), actor_did limit 4
    """).fetchall()
    for did, moment, action in last:
        _, before = future.scores(f"acted_us < {moment}")
        assert before[did] == pytest.approx(everything[action], abs=1e-12)


def test_who_reaches_the_setting_has_no_persona_and_every_thread_a_fate(sample_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    setting = ("--vars", "max_automation: 0.5")
    result = run_dbt("build", "--select", "int_automation__left_out+", *NO_TESTS, *NO_EXPERIMENT, *setting, home=home)
    assert result.returncode == 0, result.stdout
    assert re.search(r"Held back .* of automated accounts.* \(quality.suppression\)", result.stdout)
    automated = "(select user_did from private.account_automation where score >= 0.5)"
    assert private(
        home, f"select count(*) from {automated} where user_did in (select user_did from private.int_users__in_scope)"
    ) != [(0,)]
    assert private(home, f"select count(*) from private.persona_members where user_did in {automated}") == [(0,)]
    threads = f"select count(*) from private.threads where actor_did in {automated}"
    assert private(home, threads) == private(home, "select n_threads from quality.suppression where fate = 'automated'")
    assert private(home, "select sum(n_threads) from quality.suppression") == private(
        home, "select count(*) from private.threads"
    )
    assert private(home, "select distinct verdict from experiment.automation") == [("too few people",)]
    result = run_dbt("run", "--select", "files", "events", "stg_fold__started", *setting, home=home)
    assert private(home, "select is_anew from staging.stg_fold__started") == [(False,)], result.stdout


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=12))
@settings(max_examples=50, deadline=None)
def test_the_rand_index_is_the_common_one(groups: list[tuple[int, int]]) -> None:
    one, other = np.array(groups).T
    found = rand_index(np.ones((1, len(one))), one, other)[0]
    if np.isfinite(found):  # not where all pairs agree whatever is done
        assert found == pytest.approx(adjusted_rand_score(one, other))


def test_who_is_drawn_twice_does_not_agree_with_themselves() -> None:
    one, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert rand_index(np.array([[1.0, 1, 1, 1]]), one, other)[0] == pytest.approx(-0.5)
    assert rand_index(np.array([[4.0, 4, 4, 4]]), one, other)[0] == pytest.approx(-0.5)


def test_a_persona_is_dominated_by_more_than_a_fifth() -> None:
    labels, automated = np.repeat([0, 1], 5), np.array([1, 0, 0, 0, 0, 1, 1, 0, 0, 0], dtype=bool)
    assert dominated_share(np.ones((1, 10)), labels, automated).tolist() == [0.5]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=20).filter(lambda rows: any(r[0] for r in rows))
)
def test_average_precision_is_the_common_one_with_ties(rows: list[tuple[bool, int]]) -> None:
    rows = sorted(rows, key=lambda row: -row[1])
    labelled, scores = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    found = average_precision(np.ones((1, len(rows))), labelled, scores)[0]
    assert found == pytest.approx(average_precision_score(labelled, scores))


def test_draws_in_parts_are_as_many_and_the_first_is_the_sample() -> None:
    people = np.zeros(6, dtype=np.int64)
    found = in_parts(lambda weights: {"first": weights[:, 0]}, people, resamples=10, seed=1, at_once=18)["first"]
    assert len(found) == 11 and found[0] == 1
    assert found.tolist() == in_parts(lambda weights: {"first": weights[:, 0]}, people, 10, 1, at_once=18)["first"].tolist()
    assert in_parts(lambda weights: {"sums": weights.sum(axis=1)}, people, 10, 1, at_once=1)["sums"].tolist() == [6] * 11
    assert in_parts(lambda weights: {"sums": weights.sum(axis=1)}, people, 0, 1)["sums"].tolist() == [6]


def planted(n_bots: int, n_labelled: int, k: int = 3) -> dict[tuple[str, int | None], dict]:
    """Two groups of twenty people, and bots, which lie together and like; the figures by metric and scale."""
    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(3), [20, 20, n_bots], axis=0)
    vectors = (centres + rng.normal(scale=0.05, size=centres.shape)).astype(np.float32)
    n = len(vectors)
    grouping = ClusteringSettings(scales=(2, 3), minimum=3, seed=1)
    is_bot = np.arange(n) >= 40
    people = pa.table(
        {
            "user_number": pa.array([*range(n), None, None], pa.int64()),
            "score": pa.array([*np.where(is_bot, 0.9, 0.1), 0.1, 0.9]),
            "is_automated": pa.array([*is_bot, False, True]),
            "is_self_labelled": pa.array([*(i >= n - n_labelled for i in range(n)), None, None]),
        }
    )
    actions = pa.table(
        {
            "user_number": np.arange(n),
            "action_type": np.where(is_bot, "like", "post"),
            "n_actions": np.full(n, 10),
        }
    )
    table = measured_automation(vectors, clusters_table(vectors, grouping), people, actions, grouping, k)
    assert table.schema == FIGURES
    return {(row["metric"], row["scale"]): row for row in table.to_pylist()}


def test_what_changes_is_told_beside_its_controls() -> None:
    found = planted(n_bots=8, n_labelled=4)
    assert found["people_left_out", None]["value"] == 6  # of eight, with k = 3
    assert found["dominated_personas", 3]["value"] == pytest.approx(1 / 3)
    assert found["dominated_personas", 3]["control_high"] < 1 / 3 + 1e-9
    assert found["rand_index", 3]["value"] < found["rand_index", 3]["control_low"]  # without bots a group falls apart
    assert found["silhouette_gain", 3]["value"] < 0 < found["silhouette_without", 2]["value"]
    shift = found["action_mix_shift", None]
    assert shift["ci_low"] <= shift["value"] <= shift["ci_high"] and shift["control_high"] < shift["value"]
    assert (found["average_precision", None]["value"], found["recall", None]["value"]) == (pytest.approx(0.5), 1.0)
    assert found["precision", None]["value"] == 0.5


@pytest.mark.parametrize(("n_bots", "n_labelled", "untold"), [(2, 0, True), (0, 0, True), (8, 2, False)])
def test_nothing_is_told_of_too_few(n_bots: int, n_labelled: int, untold: bool) -> None:
    found = planted(n_bots, n_labelled)
    of_labels = {"average_precision", "precision", "recall"}
    told = {metric for (metric, _), row in found.items() if row["value"] is not None}
    assert not told & of_labels
    assert (told == set()) == untold
    assert {metric for metric, _ in found} == {metric for metric, _ in planted(8, 4)}


def test_the_same_seed_tells_the_same() -> None:
    assert planted(8, 4) == planted(8, 4)
