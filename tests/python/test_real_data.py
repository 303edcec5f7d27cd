"""Real archives, where they are at hand. They never enter the project: nothing here names or prints what is in them.

`SIMPACT_REAL_DATA` is the folder. Assertions are about plain booleans and counts, so that a failure shows no value.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score

from oracle import ROOT, Fold, Line, Settings, Thread, fold
from simpact.actions import ACTION_TYPES
from simpact.compression import zstd
from simpact.prediction.boosting import ActionModel, BoostingSettings, Cases
from simpact.prediction.features import features_of
from warehouse import read_coverage, read_rejects, read_threads, run_dbt

FOLDER = Path(os.environ.get("SIMPACT_REAL_DATA", ROOT.parent / "shared/bluesky"))
LINKED = "linked_political_en_20250324.ndjson.zst"
PORTUGUESE = "posts_pt_climate_2024.ndjson.zst"
NATIVE = ("native_jetstream_20250303.ndjson", "native_jetstream_20260704.jsonl", "firehose_20250316.ndjson")
VARIABLES = {"languages": "all", "min_posts_per_user": 2}
SETTINGS = Settings(languages="all", min_posts_per_user=2)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real data in {FOLDER} (SIMPACT_REAL_DATA)")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every real file, and the events of the collected oddities as an archive of their own."""
    folder = tmp_path_factory.mktemp("real")
    for name in (LINKED, PORTUGUESE, *NATIVE):
        (folder / name).symlink_to((FOLDER / name).resolve())
    cases = (FOLDER / "edge_cases.ndjson").read_text(encoding="utf-8").splitlines()
    events = [json.dumps(json.loads(case)["event"], ensure_ascii=False) for case in cases]
    (folder / "edge_cases.ndjson").write_text("".join(f"{event}\n" for event in events), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def warehouse(archive: Path) -> duckdb.DuckDBPyConnection:
    home = archive.parent / "home"
    result = run_dbt(
        "build",
        "--selector",
        "threads",
        "--vars",
        json.dumps(VARIABLES),
        home=home,
        archive=f"{archive}/*",
        SIMPACT_MEMORY="2GB",
    )
    built = result.returncode == 0
    assert built, "dbt build failed on real data; run it by hand to see why"
    return duckdb.connect(str(home / "simpact_private.duckdb"), read_only=True)


@pytest.fixture(scope="module")
def expected(archive: Path) -> Fold:
    files = {}
    for path in sorted(archive.iterdir()):
        content = path.read_bytes()
        content = zstd.decompress(content) if path.suffix == ".zst" else content
        files[path.name] = content.removesuffix(b"\n").split(b"\n")
    return fold(files, SETTINGS)


def count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def test_every_line_lands_and_none_is_rejected(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert count(warehouse, "select count(*) from raw.events where file like '%linked_political%'") == 106_109
    assert count(warehouse, "select count(*) from raw.events where file like '%posts_pt%'") == 18_080
    assert count(warehouse, "select count(*) from raw.events where file like '%edge_cases%'") == 197
    assert len(read_rejects(warehouse)) == 0


def test_every_like_has_an_outcome_and_those_by_users_in_scope_have_their_context(warehouse: duckdb.DuckDBPyConnection) -> None:
    likes = """
        from private.int_actions__outcomes as outcomes
        join raw.events on outcomes.action_id = events.event_id and events.file like '%linked_political%'
        left join private.threads on outcomes.action_id = threads.thread_id
        where outcomes.action_type = 'like'
    """
    other_reasons = (
        "('threaded', 'user_out_of_scope', 'target_deleted', 'target_withheld', 'actor_inactive', 'actor_disallows')"
    )
    assert count(warehouse, f"select count(*) {likes}") == 55_395
    assert count(warehouse, f"select count(*) {likes} and outcomes.outcome not in {other_reasons}") == 0
    assert count(warehouse, f"select count(*) {likes} and outcomes.outcome = 'threaded'") > 5_000
    assert count(warehouse, f"select count(*) {likes} and outcomes.outcome = 'threaded' and threads.message_count < 2") == 0


def test_real_threads_are_those_of_the_oracle(warehouse: duckdb.DuckDBPyConnection, expected: Fold) -> None:
    threads = read_threads(warehouse)
    assert len(threads) == len(expected.threads)
    wrong = sum(thread != expected.threads.get(line) for line, thread in threads.items())
    assert wrong == 0


def test_real_coverage_is_that_of_the_oracle(warehouse: duckdb.DuckDBPyConnection, expected: Fold) -> None:
    same = read_coverage(warehouse) == expected.coverage
    assert same


def test_real_replies_have_the_right_path(warehouse: duckdb.DuckDBPyConnection, expected: Fold) -> None:
    """782 replies of the Portuguese file have their parent in it."""

    def portuguese_replies(threads: dict[Line, Thread]) -> list[Thread]:
        return [t for line, t in threads.items() if line.file == PORTUGUESE and t.messages[-1].action_type == "reply"]

    replies = portuguese_replies(expected.threads)
    assert len(replies) > 400
    assert max(len(thread.messages) for thread in replies) >= 6
    assert len(portuguese_replies(read_threads(warehouse))) == len(replies)


FEATURES = tuple(f"int_prediction__{name}_history" for name in ("actor", "author", "context", "persona"))
SCORED = ("account_automation", "int_automation__running", "int_automation__left_out")
LATER = ("int_prediction__threads", "int_prediction__history", "int_prediction__contexts", "int_prediction__words")


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """Of the linked hour, of people with two English posts, without personas and likeness, which take an embedder."""
    home = tmp_path_factory.mktemp("features")
    only = ("--exclude-resource-type", "test", "unit_test")

    def build(*chosen: str) -> None:
        built = run_dbt("build", *chosen, *only, home=home, archive=str(FOLDER / LINKED), SIMPACT_MEMORY="2GB").returncode == 0
        assert built, "dbt build failed on real data; run it by hand to see why"

    build("--selector", "threads")
    build("--select", *SCORED, "int_automation__posts", "int_automation__actions")
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute(
            "create table private.persona_members as select '' as user_did, 10 as scale, 0 as persona_id limit 0"
        )
        connection.execute("create table private.likenesses as select 0::bigint as thread_id, 0::float as likeness limit 0")
    build("--select", *LATER, *FEATURES, "int_prediction__context_traits", "action_features")
    with duckdb.connect(str(home / "simpact_private.duckdb"), read_only=True) as connection:
        return connection.sql("""
            select
                dense_rank() over (order by features.actor_did) as person,
                threads.answered_post_id,
                features.* exclude (actor_did)
            from private.action_features as features
            inner join private.int_prediction__threads as threads on features.thread_id = threads.thread_id
            where features.has_context
            order by features.acted_us, features.thread_id
        """).to_arrow_table()


def test_the_action_is_predicted_on_posts_unseen_in_training(features: pa.Table) -> None:
    """The last fifth by time, less what answers a post that earlier threads answer; validation is the tenth before it. The
    majority reaches 0.28 and the last action 0.49."""
    n = len(features)
    posts, place = features["answered_post_id"].to_numpy(), np.arange(n)
    training, validation = place < 0.7 * n, (place >= 0.7 * n) & (place < 0.8 * n)
    asked = (place >= 0.8 * n) & ~np.isin(posts, posts[place < 0.8 * n])
    known = features.drop_columns(["person", "answered_post_id", "thread_id", "action_type", "acted_us", "has_context"])
    said = np.array([ACTION_TYPES.index(action) for action in features["action_type"].to_pylist()])
    cases = Cases(features_of(known), said, features["person"].to_numpy())
    model = ActionModel.fit(cases.at(training), cases.at(validation), BoostingSettings(seed=1))
    decided = model.decide(model.probabilities(cases.features.at(asked)))
    common = [label for label in np.unique(said) if (said[asked] == label).sum() >= 30]
    reached = f1_score(said[asked], decided, labels=common, average="macro")
    assert 9000 < n < 10000 and 1000 < asked.sum() < n / 5 and len(common) == 3
    assert reached >= 0.74


def test_official_identifiers_and_dates_break_nothing(tmp_path: Path) -> None:
    """Every valid and invalid example of the official syntax files, in every field it may come in."""
    lines = []
    for path in sorted((FOLDER / "syntax_vectors").glob("*.txt")):
        for text in path.read_text(encoding="utf-8").splitlines():
            post = {
                "$type": "app.bsky.feed.post",
                "text": text,
                "createdAt": text,
                "langs": [text],
                "reply": {"parent": {"uri": text}},
            }
            commit = {
                "rev": text or "r",
                "operation": "create",
                "collection": "app.bsky.feed.post",
                "rkey": text or "k",
                "record": post,
            }
            event = {"did": f"did:{text}", "time_us": 1, "kind": "commit", "commit": commit}
            lines.append(json.dumps(event, ensure_ascii=False).encode())
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/syntax.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
    result = run_dbt(
        "build",
        "--selector",
        "threads",
        "--vars",
        json.dumps(VARIABLES),
        home=tmp_path / "home",
        archive=str(tmp_path / "archive"),
    )
    built = result.returncode == 0
    assert built
    with duckdb.connect(str(tmp_path / "home/simpact_private.duckdb"), read_only=True) as connection:
        assert read_coverage(connection) == fold({"syntax.ndjson": lines}, SETTINGS).coverage
