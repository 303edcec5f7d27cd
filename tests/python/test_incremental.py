"""An archive that comes in pieces ends in the warehouse that it would have been at once."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from hostile import Attention, Mischief, hostile_lines
from oracle import Settings, fold
from warehouse import kill_dbt, read_coverage, read_followed_up, read_rejects, read_threads, run_dbt

NO_TESTS = ("--selector", "threads", "--exclude-resource-type", "test", "unit_test")
STARTED = ("--select", "files", "events", "stg_fold__started", "--exclude-resource-type", "test", "unit_test")
VARIABLES = {"min_posts_per_user": 1, "languages": "all", "topic": "canada_2025"}
SETTINGS = Settings(min_posts_per_user=1, languages="all", topic="canada_2025")


class Pieces:
    """A warehouse that is built again and again from a folder that changes."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder = home / "home", home / "archive"
        self.folder.mkdir()
        self.files: dict[str, list[bytes]] = {}

    def write(self, name: str, lines: list[bytes]) -> None:
        self.files[name] = lines
        (self.folder / name).write_bytes(b"".join(line + b"\n" for line in lines))

    def build(self, names: str = "*", part: Sequence[str] = NO_TESTS, **variables: object) -> None:
        options = ["--vars", json.dumps(VARIABLES | variables), *part]
        result = run_dbt("build", *options, home=self.home, archive=str(self.folder / names))
        assert result.returncode == 0, result.stdout + result.stderr

    def build_until(self, model: str, **variables: object) -> None:
        """Start a build and kill it, without warning, when it starts on a model."""
        options = ["--vars", json.dumps(VARIABLES | variables), *NO_TESTS]
        kill_dbt("build", *options, at=rf"START .*[.]{model} ", home=self.home, archive=str(self.folder / "*"))

    def check(self, names: list[str] | None = None, settings: Settings = SETTINGS) -> None:
        chosen = {name: lines for name, lines in self.files.items() if names is None or name in names}
        expected = fold(chosen, settings)
        with duckdb.connect(str(self.home / "simpact_private.duckdb"), read_only=True) as connection:
            coverage = read_coverage(connection)
            others = sum(len(lines) for name, lines in self.files.items() if name not in chosen)
            others -= sum(line.file not in chosen for line in read_rejects(connection))
            assert coverage.pop(("none", "file_not_selected"), 0) == others
            coverage["none", "rejected"] -= sum(line.file not in chosen for line in read_rejects(connection))
            assert +coverage == expected.coverage
            assert read_threads(connection) == expected.threads
            assert read_followed_up(connection) == expected.followed_up

    def started_anew(self) -> bool:
        with duckdb.connect(str(self.home / "simpact_private.duckdb"), read_only=True) as connection:
            return bool(connection.execute("select is_anew from staging.stg_fold__started").fetchall()[0][0])


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    return Pieces(tmp_path_factory.mktemp("pieces"))


def test_pieces_add_up(pieces: Pieces) -> None:
    lines = hostile_lines(random.Random(1))
    cuts = [0, len(lines) // 2, len(lines) * 3 // 4, len(lines) * 9 // 10, len(lines)]
    for number, (start, end) in enumerate(itertools.pairwise(cuts)):
        pieces.write(f"{number}.ndjson", lines[start:end])
        pieces.build()
        pieces.check()
        assert pieces.started_anew() == (number == 0)


@pytest.mark.parametrize("method", ["last_engaged", "none"])
def test_pieces_add_up_whichever_post_a_follow_answers(method: str, tmp_path: Path) -> None:
    """First posts, follows and un-follows come, then the likes and reposts that were before them, then deletions of posts."""
    pieces, settings = Pieces(tmp_path), Settings(min_posts_per_user=1, languages="all", context_method=method)
    parts: list[list[bytes]] = [[], [], []]
    for line in hostile_lines(random.Random(method), Attention):
        is_post, is_deletion = b'"app.bsky.feed.post"' in line, b'"delete"' in line
        parts[2 if is_post and is_deletion else b'"app.bsky.feed.like"' in line or b"feed.repost" in line].append(line)
    for number, lines in enumerate(parts):
        pieces.write(f"{number}.ndjson", lines)
        pieces.build(topic="off", context_method=method)
        pieces.check(settings=settings)
        assert pieces.started_anew() == (number == 0)


def test_building_again_changes_nothing(pieces: Pieces) -> None:
    pieces.build()
    assert not pieces.started_anew()
    pieces.check()


def test_a_file_that_grew_is_taken_again(pieces: Pieces) -> None:
    more = [Mischief(f"more {number}").line() for number in range(300)]
    pieces.write("1.ndjson", pieces.files["1.ndjson"] + more)
    pieces.build()
    pieces.check()


def test_files_no_longer_named_are_set_aside(pieces: Pieces) -> None:
    pieces.build("[02].ndjson")
    pieces.check(["0.ndjson", "2.ndjson"])
    pieces.build()
    pieces.check()


@pytest.mark.parametrize("model", ["events", "base_bluesky__posts", "int_actions__outcomes", "int_fold__completed"])
def test_a_build_that_is_killed_is_made_good_by_the_next(pieces: Pieces, model: str) -> None:
    pieces.write(f"{model}.ndjson", hostile_lines(random.Random(model))[:2000])
    pieces.build_until(model)
    pieces.build()
    pieces.check()


def test_what_a_killed_build_with_other_settings_left_does_not_stay(pieces: Pieces) -> None:
    pieces.build_until("int_actions__outcomes", topic="off", max_context_messages=1)
    pieces.build()
    pieces.check()


def test_a_file_that_grows_after_a_killed_build_is_taken_again(pieces: Pieces) -> None:
    pieces.write("live.ndjson", hostile_lines(random.Random("live"))[:2000])
    pieces.build_until("int_fold__people")
    pieces.write("live.ndjson", pieces.files["live.ndjson"] + [Mischief(f"live {number}").line() for number in range(300)])
    pieces.build()
    pieces.check()


def test_a_file_that_lands_after_a_later_one_is_seen(pieces: Pieces) -> None:
    pieces.write("Early.ndjson", hostile_lines(random.Random("early"))[:2000])
    pieces.build_until("events")  # it has its number, and no line of it has landed
    pieces.write("late.ndjson", hostile_lines(random.Random("late"))[:2000])
    pieces.build("[!E]*")
    pieces.build()
    pieces.check()


def test_a_lost_table_is_folded_anew(pieces: Pieces) -> None:
    """Whichever it is, the build begins anew; and ends as it should."""
    database = pieces.home / "simpact_private.duckdb"
    whole = database.read_bytes()
    for table in ("int_actions__latest_posts", "int_fold__people", "int_fold__completed"):
        database.write_bytes(whole)
        with duckdb.connect(str(database)) as connection:
            connection.execute(f"drop table private.{table}")
        pieces.build(part=STARTED)
        assert pieces.started_anew()
    pieces.build()
    assert pieces.started_anew()
    pieces.check()


def test_the_hashes_of_another_duckdb_are_replaced(pieces: Pieces) -> None:
    hashes = "select event_id, record_hash, commit_hash from raw.events order by all"
    with duckdb.connect(str(pieces.home / "simpact_private.duckdb")) as connection:
        before = connection.execute(hashes).fetchall()
        connection.execute("update raw.events set record_hash = record_hash // 3, commit_hash = commit_hash // 3")
    pieces.build()
    with duckdb.connect(str(pieces.home / "simpact_private.duckdb"), read_only=True) as connection:
        assert connection.execute(hashes).fetchall() == before


def test_a_changed_setting_folds_anew(pieces: Pieces) -> None:
    pieces.build(topic="off", max_context_messages=1)
    assert pieces.started_anew()
    pieces.check(settings=Settings(min_posts_per_user=1, languages="all", max_context_messages=1))
