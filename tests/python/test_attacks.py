"""Attacks succeed on a release made in the paper's manner, and gain nothing over their baselines on a careful one."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

import paper_release
from simpact.attacks import catalogue, suite
from simpact.attacks.evidence import Attacked
from simpact.attacks.mixing import guessed_by_mixing
from simpact.attacks.outcomes import Comparison, Correlation, Occurrences
from simpact.attacks.statistics import Estimate, correlation_interval, residual_risk, wilson
from simpact.attacks.suite import ATTACKS, run_attacks

GATED = {attack.name for attack in catalogue.CATALOGUE if attack.is_gated}
Rows = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def world() -> duckdb.DuckDBPyConnection:
    return paper_release.world()


@pytest.fixture(scope="module")
def old(world: duckdb.DuckDBPyConnection) -> Rows:
    paper_release.paper_old(world)
    return report(world)


@pytest.fixture(scope="module")
def paper(world: duckdb.DuckDBPyConnection) -> Rows:
    paper_release.paper(world)
    return report(world)


@pytest.fixture(scope="module")
def careful(world: duckdb.DuckDBPyConnection) -> Rows:
    paper_release.careful(world)
    return report(world)


def report(connection: duckdb.DuckDBPyConnection, seed: int = 1) -> Rows:
    table = run_attacks(connection, seed=seed)
    assert table.schema == ATTACKS
    return {row["attack"]: row for row in table.to_pylist()}


def verdicts(rows: Rows) -> dict[str, set[str]]:
    return {
        verdict: {name for name, row in rows.items() if row["verdict"] == verdict}
        for verdict in {r["verdict"] for r in rows.values()}
    }


# Of the gated attacks, those that have nothing to find in one of the two ways: ids that count up in time say nothing of people,
# and ids with a secret in them are no person's.
def test_attacks_succeed_on_the_older_way_of_the_paper(old: Rows) -> None:
    assert GATED - verdicts(old)["succeeded"] == {"order_of_ids", "shapes"}


def test_attacks_succeed_on_the_way_of_the_papers_code(paper: Rows) -> None:
    assert GATED - verdicts(paper)["succeeded"] == {"speaker_ids", "ids_recovered", "shapes"}
    assert paper["speaker_ids"]["verdict"] == "too few targets"  # no two threads share a speaker
    assert paper["ids_recovered"]["verdict"] == "withstood"


def test_what_the_paper_leaks_is_nearly_everything(old: Rows, paper: Rows) -> None:
    for name in ("order_of_threads", "order_of_messages", "runs_in_time"):
        assert min(old[name]["success"], paper[name]["success"]) > 0.9 > 3 * paper[name]["baseline"]
    assert paper["order_of_ids"]["success"] > 0.9
    assert old["speaker_ids"]["success"] == old["ids_recovered"]["success"] == old["singled_out"]["success"] == 1
    assert min(old["aligned_in_time"]["success"], paper["aligned_in_time"]["success"]) > 0.7
    assert paper["identifiers_left"]["n_successes"] > 50
    assert paper["display_names_left"]["n_successes"] > 20


def test_a_careful_release_withstands_every_gated_attack(careful: Rows) -> None:
    assert verdicts(careful)["withstood"] == GATED


def test_what_verbatim_text_tells_is_reported_for_a_careful_release(careful: Rows) -> None:
    assert {row["verdict"] for row in careful.values() if not row["is_gated"]} == {"reported"}
    for name in ("exact_text", "redacted_text", "style", "rare_words", "aligned_by_text"):
        assert careful[name]["risk_ci_low"] > 0.2, name


def test_a_careful_release_raises_no_false_alarm(world: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "CATALOGUE", [attack for attack in catalogue.CATALOGUE if attack.is_gated])
    for seed in range(20):
        paper_release.careful(world, seed)
        assert {row["verdict"] for row in report(world, seed).values()} == {"withstood"}, seed


def test_a_seed_gives_the_same_report(world: duckdb.DuckDBPyConnection, careful: Rows) -> None:
    paper_release.careful(world)
    assert report(world) == careful
    assert report(world, seed=2) != careful


LEAKS = {
    "sorted by person": ("order_of_threads", "published_threads", "position", "rank() over (order by actor_did, thread_id)"),
    "sorted by time": ("file_tells_time", "published_threads", "position", "rank() over (order by action_id, thread_id)"),
    "a handle with a full stop and a word": (
        "identifiers_left",
        "published_messages",
        "message_text",
        "if(is_action, 'Ask Person5.BSKY.social.She knows', message_text)",
    ),
    "a link": ("identifiers_left", "published_messages", "message_text", "'https://bsky.app/profile/somebody'"),
    "a persona of few": ("singled_out", "published_threads", "personas", "map {2: hash(actor_did) % 60}"),
    "a hash of thread and person": (
        "ids_recovered",
        "published_messages",
        "speaker",
        "md5(thread_id || ':' || actor_did)",
    ),
    "DuckDB's hash": ("ids_recovered", "published_messages", "speaker", "hash(actor_did)::varchar"),
    "half a hash": ("ids_recovered", "published_messages", "speaker", "upper(left(sha1(actor_did), 12))"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_one_mistake_is_found(leak: str, world: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    name, table, column, value = LEAKS[leak]
    monkeypatch.setattr(suite, "CATALOGUE", [attack for attack in catalogue.CATALOGUE if attack.name == name])
    paper_release.careful(world)
    world.execute(f"""
        create or replace table {table} as
        select published.* replace ({value} as {column})
        from {table} as published join truth_threads as truth using (thread_id)
    """)
    if column == "speaker":
        world.execute("""
            create or replace table truth_speakers as
            select thread_id, speaker, actor_did as did from published_messages join truth_threads using (thread_id)
        """)
    assert report(world)[name]["verdict"] == "succeeded"


def test_gaps_that_are_told_everywhere_are_found(world: duckdb.DuckDBPyConnection) -> None:
    paper_release.careful(world)
    world.execute("""
        create or replace table published_messages as
        select messages.* replace (gaps[message_index + 1] as gap)
        from published_messages as messages join named using (thread_id)
    """)
    rows = report(world)
    assert rows["shapes"]["verdict"] == rows["singled_out"]["verdict"] == "succeeded"


def test_a_file_sorted_by_what_it_publishes_is_no_leak(world: duckdb.DuckDBPyConnection) -> None:
    paper_release.careful(world)
    world.execute("""
        create or replace table published_threads as
        select * replace (rank() over (order by personas, time_bucket, split, action_type, position) as position)
        from published_threads
    """)
    rows = report(world)
    assert {rows[name]["verdict"] for name in ("order_of_threads", "runs_in_time", "file_tells_time")} == {"withstood"}


def test_an_empty_release_has_nothing_to_attack(world: duckdb.DuckDBPyConnection) -> None:
    paper_release.careful(world)
    for kind in ("threads", "messages", "mixing"):
        world.execute(f"delete from published_{kind}")
    for kind in ("threads", "speakers", "messages", "pairs"):
        world.execute(f"delete from truth_{kind}")
    assert {row["verdict"] for row in report(world).values()} == {"too few targets"}


@pytest.mark.parametrize(("people", "is_found"), [(150, False), (50, False), (15, True), (3, True)])
def test_a_mixing_matrix_tells_the_persona_of_who_is_much_of_a_row(
    people: int, is_found: bool, world: duckdb.DuckDBPyConnection
) -> None:
    """All cells of all rows are told, and personas are no choice of anybody: there is nothing but the person's own part."""
    world.execute(paper_release.MIXING.format(personas=paper_release.PEOPLE // people))
    found = guessed_by_mixing(Attacked(world, seed=1, targets=1000, k=paper_release.K))
    assert found.n_targets == paper_release.PEOPLE
    assert (found.verdict(0.999) == "succeeded") == is_found
    assert found.n_successes >= found.baseline_successes and (found.n_successes == 300) == (people == 3)


@pytest.mark.parametrize("table", ["public_actions", "truth_threads"])
def test_a_thread_that_could_not_be_found_is_an_error(table: str) -> None:
    connection = paper_release.world()
    paper_release.careful(connection)
    connection.execute(f"delete from {table} where action_id % 100 = 0")
    with pytest.raises(ValueError, match="have not one action each"):
        report(connection)


@pytest.mark.parametrize(("column", "value"), [("gap", "'fortnights'"), ("time_bucket", "'early 2025'")])
def test_time_that_cannot_be_read_is_an_error(column: str, value: str, world: duckdb.DuckDBPyConnection) -> None:
    paper_release.careful(world)
    table = "published_messages" if column == "gap" else "published_threads"
    world.execute(f"create or replace table {table} as select * replace ({value} as {column}) from {table}")
    with pytest.raises((ValueError, duckdb.Error)):
        report(world)
    assert world.execute("select count(*) from duckdb_tables() where table_name like 'attack_%'").fetchone() == (0,)


# Intervals of the paper's human evaluation (facts, B8), and Newcombe's (1998) example of 81 in 263.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(42, 75, 0.448, 0.667), (82, 114, 0.631, 0.794), (81, 263, 0.2553, 0.3662), (0, 1000, 0, 0.0038)],
)
def test_wilson_intervals_are_the_known_ones(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n).interval() == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (2, 1), (-1, 5)])
def test_what_is_no_rate_has_no_interval(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="no rate"):
        wilson(successes, n)


def test_residual_risk_is_the_gain_over_what_was_left() -> None:
    risk = residual_risk(Estimate(0.6, 0.03), Estimate(0.2, 0.04))
    assert risk.middle == pytest.approx(0.5)
    assert risk.error == pytest.approx((0.0375**2 + (0.04 * 0.4 / 0.64) ** 2) ** 0.5)
    assert residual_risk(Estimate(0.1, 0.03), Estimate(0.2, 0.04)).middle < 0


def test_a_correlation_has_an_interval_around_it() -> None:
    low, high = correlation_interval(0.5, 99)
    assert (low, high) == pytest.approx((0.321, 0.644), abs=0.01)
    assert correlation_interval(-1, 50).high < -0.99
    with pytest.raises(ValueError, match="too few"):
        correlation_interval(0.1, 2)


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Comparison(1000, 100, 10.0), "succeeded"),
        (Comparison(1000, 12, 10.0), "withstood"),
        (Comparison(1000, 0, 10.0), "withstood"),
        (Comparison(29, 29, 0.0), "too few targets"),
        (Comparison(40, 20, 16.0), "too few targets"),  # neither shown nor ruled out
        (Occurrences(10**6, 1), "succeeded"),
        (Occurrences(10**6, 0), "withstood"),
        (Occurrences(0, 0), "too few targets"),
        (Correlation(1000, 990, -0.5), "succeeded"),
        (Correlation(1000, 990, 0.01), "withstood"),
        (Correlation(100, 90, 0.1), "too few targets"),
        (Correlation(100, 5, 1.0), "too few targets"),
    ],
)
def test_a_verdict_needs_evidence(outcome: Comparison | Occurrences | Correlation, verdict: str) -> None:
    assert outcome.verdict(0.999) == verdict
