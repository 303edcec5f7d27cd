"""What was known before an action: features that no future moves, and models that beat rules on the sample."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from homes import private
from oracle import ROOT
from simpact.compression import zstd
from simpact.prediction.likeness import LIKENESSES, likenesses
from warehouse import BuiltProject, Warehouse

# Personas are fitted on all posts, and who is in scope is known of all posts. The rest comes from the archive.
GIVEN = ("text_embeddings", "persona_members", "int_users__in_scope", "int_personas__users")
QUANTILE = 0.6
AT_ONE_MOMENT = 1500  # of the last lines up to the moment
HAVE_FRAMES = tuple(f"int_prediction__{name}_history" for name in ("actor", "author", "context", "persona"))
WITH_A_PAST = (
    *("ever", "last_minute", "last_hour", "last_day", "last_week", "seconds_since", "last_action"),
    *("context_by_anybody", "context_in_ten_minutes", "context_by_actor"),
    *("author_posts", "author_received", "author_from_actor", "author_last_from_actor", "author_to_actor", "persona_prior"),
)


class Rebuilt(Warehouse):
    """Features of an archive, with what is given as a built warehouse has it."""

    def __init__(self, home: Path, lines: list[bytes], folder: Path) -> None:
        self.home = home
        folder.mkdir()
        (folder / "archive.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
        self.project = BuiltProject(home, "action_features", GIVEN)
        super().__init__(self.project, folder)

    def make(self, node: dict) -> None:
        name = node["name"]
        if name in GIVEN:
            self.connection.execute(f"attach if not exists '{self.home / 'simpact_private.duckdb'}' as built (read_only)")
            self.connection.execute(f"create table {node['schema']}.{name} as from built.{node['schema']}.{name}")
        elif name == "likenesses":
            asked = self.connection.sql("from private.int_prediction__likeness_asked").to_arrow_reader(8192)
            found = pa.Table.from_batches(likenesses(asked), LIKENESSES)
            self.connection.register("found_likenesses", found)
            self.connection.execute("create or replace table private.likenesses as from found_likenesses")
        else:
            super().make(node)

    def with_frames(self, change: Callable[[str], str]) -> pa.Table:
        """The features, were the SQL of the models with windows another."""
        for name in (*HAVE_FRAMES, "action_features"):
            node = self.project.models[f"model.simpact.{name}"]
            self.make(node | {"compiled_code": change(node["compiled_code"])})
        return self.features()

    def features(self) -> pa.Table:
        """By thread, with the line of its action and the versions of the messages that it answers."""
        return self.connection.sql("""
            with conversations as (
                select answered_post_id, list(current_event_id order by distance) as versions
                from private.int_threads__paths group by answered_post_id
            )
            select features.*, events.line_number, threads.answered_post_id, conversations.versions
            from private.action_features as features
            inner join private.int_prediction__threads as threads on features.thread_id = threads.thread_id
            inner join raw.events as events on features.thread_id = events.event_id
            left join conversations on threads.answered_post_id = conversations.answered_post_id
        """).to_arrow_table()


def told_apart(one: Warehouse, known: pa.Table, other: pa.Table, n_past: int) -> tuple[int, set[str]]:
    """How many threads of the first lines are in both, with the same words above them, and which features differ."""
    one.connection.register("known", known)
    one.connection.register("other", other)
    names = [name for name in known.column_names if name not in ("thread_id", "line_number", "answered_post_id", "versions")]
    differ = [
        "bool_or(abs(known.likeness - other.likeness) > 1e-6 or (known.likeness is null) <> (other.likeness is null))"
        if name == "likeness"
        else f"bool_or(known.{name} is distinct from other.{name})"
        for name in names
    ]
    row = one.query(f"""
        select count(*), {", ".join(differ)}
        from known inner join other using (thread_id)
        where known.line_number <= {n_past}
            and known.answered_post_id is not distinct from other.answered_post_id
            and known.versions is not distinct from other.versions
    """)[0]
    return row[0], {name for name, differs in zip(names, row[1:], strict=True) if differs}


class Archive:
    """The sample as one file, cut at a moment at which much happens: half of that is known, and half belongs to the future."""

    def __init__(self, rng: random.Random) -> None:
        lines = [
            line
            for path in sorted((ROOT / "seeds/sample/archive").rglob("*.zst"))
            for line in zstd.decompress(path.read_bytes()).splitlines()
        ]
        timed = sorted(filter(None, map(event_of, lines)), key=lambda event: event["time_us"])
        cut = int(len(timed) * QUANTILE)
        self.moment = timed[cut - 1]["time_us"]
        for event in timed[cut - AT_ONE_MOMENT : cut]:
            event["time_us"] = self.moment
        self.past, self.future = timed[: cut - AT_ONE_MOMENT], []
        for event in timed[cut - AT_ONE_MOMENT :]:
            is_known = event["time_us"] == self.moment and rng.random() < 0.5
            # Who withholds their data withholds all, and what is edited or deleted is edited or deleted for good.
            if is_known or not is_retroactive(event):
                (self.past if is_known else self.future).append(event)

    def elsewhere(self, rng: random.Random) -> list[dict]:
        """The future, shuffled in time, done by others and to others."""
        future = [json.loads(json.dumps(event)) for event in self.future]
        times, people = [event["time_us"] for event in future], [event["did"] for event in future]
        rng.shuffle(times)
        rng.shuffle(people)
        subjects: dict[str, list] = {}
        for event in future:
            if "subject" in event["commit"].get("record", {}):
                subjects.setdefault(event["commit"]["collection"], []).append(event["commit"]["record"]["subject"])
        for found in subjects.values():
            rng.shuffle(found)
        for event, time_us, did in zip(future, times, people, strict=True):
            event |= {"time_us": time_us, "did": did}
            if "subject" in event["commit"].get("record", {}):
                event["commit"]["record"]["subject"] = subjects[event["commit"]["collection"]].pop()
        return sorted(future, key=lambda event: event["time_us"])


def event_of(line: bytes) -> dict | None:
    """A commit, if the line is one that nothing is wrong with."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    is_whole = isinstance(event, dict) and event.get("kind") == "commit" and isinstance(event.get("time_us"), int)
    return event if is_whole and isinstance(event.get("commit"), dict) and isinstance(event.get("did"), str) else None


def is_retroactive(event: dict) -> bool:
    commit = event["commit"]
    if commit.get("collection") == "app.bsky.feed.post":
        return commit.get("operation") != "create"
    return not str(commit.get("collection")).startswith(("app.bsky.feed.", "app.bsky.graph."))


def written(events: list[dict]) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


class Worlds:
    """The same past with three futures: what came, nothing, and something else."""

    def __init__(self, home: Path, folder: Path) -> None:
        archive = Archive(random.Random(1))
        past = written(archive.past)
        self.moment, self.n_past = archive.moment, len(past)
        self.whole = Rebuilt(home, past + written(archive.future), folder / "whole")
        self.cut = Rebuilt(home, past, folder / "cut")
        self.elsewhere = Rebuilt(home, past + written(archive.elsewhere(random.Random(2))), folder / "elsewhere")


@pytest.fixture(scope="module")
def worlds(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    found = Worlds(sample_home, tmp_path_factory.mktemp("worlds"))
    yield found
    for world in (found.whole, found.cut, found.elsewhere):
        world.connection.close()


@pytest.mark.parametrize("future", ["cut", "elsewhere"])
def test_no_feature_knows_the_future(worlds: Worlds, future: str) -> None:
    """Nor what happens at the same moment: half of it is in one world only."""
    known, other = worlds.whole.features(), getattr(worlds, future).features()
    n_compared, differing = told_apart(worlds.whole, known, other, worlds.n_past)
    known_before, at_the_moment = worlds.whole.query(f"""
        select count(*), count(*) filter (acted_us = {worlds.moment} and has_context)
        from known where line_number <= {worlds.n_past}
    """)[0]
    assert n_compared > 0.95 * known_before > 5000 and at_the_moment > 100
    assert not differing


@pytest.mark.parametrize("frame_ends", ["current row", "unbounded following"])
def test_a_frame_that_ends_later_would_be_seen(worlds: Worlds, frame_ends: str) -> None:
    def later(sql: str) -> str:
        return sql.replace("and 1 preceding", f"and {frame_ends}")

    try:
        known, other = worlds.whole.with_frames(later), worlds.cut.with_frames(later)
    finally:
        for world in (worlds.whole, worlds.cut):
            world.with_frames(lambda sql: sql)
    _, differing = told_apart(worlds.whole, known, other, worlds.n_past)
    assert not set(WITH_A_PAST) - differing


def test_trees_beat_rules_and_released_columns_are_worth_less(sample_home: Path) -> None:
    """The sample plants who likes what, so what learns from it must show."""
    rows = private(
        sample_home,
        """
        select model, other, ci_low, ci_high from experiment.action_comparisons
        where split = 'by_time' and part = 'test' and metric = 'macro_f1_with_context'
        """,
    )
    low = {(model, other): ci_low for model, other, ci_low, _ in rows}
    high = {(model, other): ci_high for model, other, _, ci_high in rows}
    assert min(low["boosted", other] for other in ("rule", "majority", "last_action")) > 0
    assert high["boosted_released", "boosted"] < 0 < low["boosted_released", "rule"]


def test_the_lookup_finds_something_where_threads_share_messages(sample_home: Path) -> None:
    found = "select max(n) from experiment.action_scores where split = 'by_time' and model = 'lookup' and part = '{}'"
    assert private(sample_home, found.format("overlapping"))[0][0] > 0


def test_no_feature_lacks_just_where_one_action_is_taken(sample_home: Path) -> None:
    """An edit and a deletion answer words that are gone: were the words of other own posts known, their lack would tell."""
    rows = private(
        sample_home,
        """
        select action_type in ('post_update', 'post_delete'), count(*), count(text_length), count(likeness), count(has_link)
        from private.action_features where is_own group by all order by all
        """,
    )
    assert [row[0] for row in rows] == [False, True] and min(row[1] for row in rows) > 100
    assert all(row[2:] == (0, 0, 0) for row in rows)
