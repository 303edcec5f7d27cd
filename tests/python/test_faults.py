"""What may befall a build: a kill, another process, files that come and go, a clock; the next build is right."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from faulty import LANDING, NO_TESTS, ODD, Folded, held, some_lines
from homes import all_bytes, main_in, private, released
from released import make_release
from simpact.archive import list_files
from simpact.release import RELEASE_FILE
from simpact.release.file import TABLES, write_release
from warehouse import kill_dbt, run_dbt


@pytest.fixture
def folded(tmp_path: Path) -> Folded:
    """In a folder whose name is as odd as names may be."""
    folded = Folded(tmp_path / ODD)
    folded.write("a.ndjson", some_lines("a"))
    folded.write("b.ndjson", some_lines("b"))
    return folded


def is_opened(fifo: Path) -> bool:
    """Does a process wait for what a pipe will say?"""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


# Kills


def test_a_kill_while_lines_land_leaves_nothing_half(folded: Folded) -> None:
    """It has read the first file and waits for the second; beside the database lies what earlier kills have left."""
    assert folded.build("--select", "files", *NO_TESTS).returncode == 0
    second = folded.archive / "b.ndjson"
    second.unlink()
    os.mkfifo(second)
    kill_dbt("build", "--select", "events", *NO_TESTS, at=lambda: is_opened(second), home=folded.home)
    assert folded.ask("select count(*) from duckdb_tables() where table_name = 'events'") == [(0,)]
    second.unlink()
    folded.write("b.ndjson", folded.files["b.ndjson"])
    for left in ("simpact_private.duckdb.tmp/duckdb_temp_1_0_storage_DEFAULT-0.tmp", "simpact_index/r1-k1.parquet.next"):
        (folded.home / left).parent.mkdir()
        (folded.home / left).write_text("a person")
    for left in ("private.duckdb.next", "private.duckdb.next.wal", "release.duckdb.next", "release.duckdb.next.wal"):
        (folded.home / f"simpact_{left}").write_text("a person")
    assert folded.build(*LANDING).returncode == 0
    assert not [path for path, content in all_bytes(folded.home) if content == b"a person"]
    lines = "select parse_filename(file), count(*), count(distinct line_number), max(line_number) from raw.events group by all"
    assert sorted(folded.ask(lines)) == [("a.ndjson", 1000, 1000, 1000), ("b.ndjson", 1000, 1000, 1000)]


def test_a_kill_while_the_release_is_written_leaves_the_old_one_whole(sample_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    release, unfinished = home / "simpact_release.duckdb", home / "simpact_release.duckdb.next"
    before, contents = release.read_bytes(), "select messages from release.messages order by thread_id, message_index"
    told = released(home, contents)
    kill_dbt("run", "--select", "releases", at=unfinished.exists, home=home)
    assert release.read_bytes() == before and unfinished.exists()
    release.unlink()
    result = run_dbt("run", "--select", "releases", home=home)
    assert result.returncode == 0, result.stdout
    assert released(home, contents) == told
    assert private(home, "select count(*), count(distinct release_id) from private.releases") == [(1, 1)]
    assert not private(home, "select table_name from duckdb_tables() where contains(table_name, '__dbt_tmp')")
    assert not [path.name for path in home.rglob("*") if path.suffix in (".next", ".wal", ".tmp")]


def test_a_kill_of_who_writes_into_the_release_leaves_nothing_for_the_next_one(tmp_path: Path) -> None:
    """As a shell does that was opened on it without `-readonly`: DuckDB opens no database beside the log of another."""
    release, log = tmp_path / RELEASE_FILE, tmp_path / f"{RELEASE_FILE}.wal"
    make_release(release, 40)
    shutil.copy(release, tmp_path / "whole.duckdb")
    with duckdb.connect(release) as shell:
        shell.execute("pragma disable_checkpoint_on_shutdown; create table main.mine as select 1")
    assert log.exists()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tmp_path / 'whole.duckdb'}' as whole (read_only)")
        write_release(release, {name: connection.table(f"whole.release.{name}") for name in TABLES})
    assert released(tmp_path, "select count(*) from release.threads") == [(40,)] and not log.exists()


# Two at once


def test_the_second_of_two_says_who_holds_the_database(folded: Folded, capsys: pytest.CaptureFixture[str]) -> None:
    folded.home.mkdir()
    with held(folded.home / "simpact_private.duckdb") as process:
        sentence = f"simpact_private.duckdb' is in use by process {process}: wait until that has ended."
        result = folded.build()
        said = result.stdout + result.stderr
        assert result.returncode and sentence in said and "simpact_release.duckdb can be read" in said
        assert "Traceback" not in said
        for command in (
            "sql from_x",
            "gates",
            "report",
            "erase did:plc:x",
            "erase x.example",
            "human-page --out x --contact y",
        ):
            with pytest.raises(SystemExit):
                main_in(folded.home, *command.split())
            assert sentence in capsys.readouterr().err, command
    assert not (folded.home / "simpact_erased.ndjson").exists()
    assert folded.build("--select", "files", *NO_TESTS).returncode == 0  # a lock goes with its process


def test_no_build_comes_in_while_a_person_is_erased(folded: Folded, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before the first change until the database without the person has the place of the old one.

    And of what kills have left in folders that others read from, and of what Spark keeps, nothing stays.
    """
    from simpact.erasure import person

    assert folded.build(*LANDING).returncode == 0
    database, seen = folded.home / "simpact_private.duckdb", []
    lefts = (".exports.writing/x", ".exported_agents.before/x", ".exported_agents.writing/x", "report/report.html.next")
    for left in (*lefts, "simpact_spark/landed/x"):
        (folded.home / left).parent.mkdir(parents=True)
        (folded.home / left).write_text("a person")
    (folded.home / "exported_agents").mkdir()

    def keep_out(*arguments: object) -> None:
        result = run_dbt("build", "--select", "files", *NO_TESTS, home=folded.home, archive=str(folded.archive))
        seen.append(f"is in use by process {os.getpid()}" in result.stdout)

    monkeypatch.setattr(person, "keep_out", keep_out)
    number = database.stat().st_ino
    person.erase(folded.home, "did:plc:ann", seen.append)
    assert seen[0] is True and database.stat().st_ino != number
    assert any("raw.events" in str(line) for line in seen)
    assert not [path for path, content in all_bytes(folded.home) if content == b"a person"]
    assert folded.ask("select count(*) from raw.events where did = 'did:plc:ann'") == [(0,)]


# Files that move


def test_files_that_go_come_and_grow_during_a_build_are_told_or_landed_and_never_lost(folded: Folded) -> None:
    """One that went before it landed is no file of the warehouse, nor one that a fold calls done."""
    assert folded.build("--select", "files", *NO_TESTS).returncode == 0
    lines = folded.files.pop("a.ndjson")
    (folded.archive / "a.ndjson").unlink()
    result = folded.build("--select", "events", *NO_TESTS)
    assert "SIMPACT_ARCHIVE names what cannot be read" in result.stdout and "a.ndjson' (No such file" in result.stdout
    folded.check()
    assert folded.ask("select parse_filename(path) from raw.files") == [("b.ndjson",)]
    folded.write("a.ndjson", lines)
    folded.write("c.ndjson", some_lines("c"))
    assert folded.build("--select", "files", *NO_TESTS).returncode == 0
    folded.write("c.ndjson", folded.files["c.ndjson"] + some_lines("more", 50))
    assert folded.build("--select", "events", *NO_TESTS).returncode == 0
    folded.check()
    assert sorted(folded.ask("select parse_filename(path) from raw.files")) == [(name,) for name in sorted(folded.files)]


# Clocks


def test_the_machine_may_stand_anywhere_and_its_clock_jump(sample_home: Path, tmp_path: Path) -> None:
    """Of all that is built only the day of the release is the clock's: that of UTC. Two files of one name are two, and of time
    that was collected the card has what was seen.
    """
    home = Path(shutil.copytree(sample_home, tmp_path / "home"))
    today = datetime.now(UTC)
    elsewhere = next(zone for zone in ("Pacific/Apia", "Etc/GMT+12") if today.astimezone(ZoneInfo(zone)).date() != today.date())
    card = "select * from private.candidate_data_card where section <> 'release' order by all"
    before = private(home, card)
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute("insert into raw.files select * replace ('~/04/' || parse_filename(path) as path) from raw.files")
        connection.execute("insert into quality.observed_time values (0, 1, 10, true, null), (1, 2, 1000, false, 'silent')")
    seen = [("collection", "observed_share", "0.0099"), ("collection", "unobserved_hours", "0.28")]
    twins = [(section, f"{item} (2)", value) for section, item, value in before if section == "input"]
    result = run_dbt("run", "--select", "candidate_data_card", home=home, TZ=elsewhere)
    assert result.returncode == 0, result.stdout
    assert private(home, card) == sorted(before + seen + twins)
    ((built_on,),) = private(home, "select value from private.candidate_data_card where item = 'built_on'")
    assert built_on in (str(today.date()), str((today + timedelta(minutes=5)).date()))


def test_other_content_is_seen_though_size_and_time_are_the_same(tmp_path: Path) -> None:
    """A clock that was set back, or a copy that keeps times."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"one\n")
    os.utime(path, ns=(0, 0))
    (before,) = list_files(str(path), [])
    (tmp_path / "other").write_bytes(b"two\n")
    os.utime(tmp_path / "other", ns=(0, 0))
    (tmp_path / "other").replace(path)
    (now,) = list_files(str(path), [before], {1})
    assert now.number == 2 and now.is_new
