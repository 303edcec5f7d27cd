"""A disk that is full or read-only, and memory that is too small: a sentence, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from faulty import LANDING, NO_TESTS, Disk, Folded, disk, some_lines
from homes import main_in, private, released
from jetstream import Jetstream, line, running
from released import make_release
from simpact.archive import list_files, read_lines
from simpact.erasure.warehouse import rewrite
from simpact.faults import as_sentence
from simpact.home import limits
from simpact.release.file import TABLES, write_release

__all__ = ["disk"]  # a fixture
FULL = "is full. What was there before is whole: make room, and do it again."


def test_a_full_disk_loses_nothing_and_the_next_build_is_right(disk: Disk) -> None:
    folded = Folded(disk.folder)
    folded.write("a.ndjson", some_lines("a", 300))
    assert folded.build(*LANDING).returncode == 0
    folded.write("b.ndjson", some_lines("b", 3000))
    disk.leave(400_000)
    result = folded.build(*LANDING)
    assert result.returncode and f"Stopped    The disk of '{folded.home}' {FULL}" in result.stdout, result.stdout
    landed = "select file_number, count(*) from raw.events group by all order by all"
    assert folded.ask(landed) == [(1, 300)]
    disk.make_room()
    assert folded.build(*LANDING).returncode == 0
    assert folded.ask(landed) == [(1, 300), (2, 3000)]


def test_a_full_disk_leaves_the_old_release_export_and_report(disk: Disk, capsys: pytest.CaptureFixture[str]) -> None:
    release = disk.folder / "simpact_release.duckdb"
    make_release(release, 40)
    for command in ("export", "report"):
        main_in(disk.folder, command)
    numbers = disk.folder / "report/report.json"
    numbers.write_text(numbers.read_text().replace("40", "41"))
    before = {path: path.read_bytes() for path in disk.folder.rglob("*") if path.is_file()}
    disk.leave(8192)
    capsys.readouterr()
    for command in ("export", "report"):
        with pytest.raises(SystemExit):
            main_in(disk.folder, command)
        said = capsys.readouterr().err
        assert f"simpact: The disk of '{disk.folder}" in said and FULL in said, said
    with duckdb.connect() as connection, pytest.raises(duckdb.Error, match="No space left on device"):
        connection.execute(f"attach '{release}' as old (read_only)")
        write_release(release, {name: connection.table(f"old.release.{name}") for name in TABLES})
    disk.make_room()
    assert {path: path.read_bytes() for path in disk.folder.rglob("*") if path.is_file()} == before
    assert main_in(disk.folder, "export") == main_in(disk.folder, "report") == 0
    assert released(disk.folder, "select count(*) from release.threads") == [(40,)]


def test_a_disk_that_is_full_when_a_database_is_closed_leaves_the_old_one(disk: Disk) -> None:
    """DuckDB writes last when it closes a database, and tells of no error then. What is free decides how far it comes."""
    released_file, private_file = disk.folder / "simpact_release.duckdb", disk.folder / "simpact_private.duckdb"
    make_release(released_file, 400)
    with duckdb.connect(private_file) as warehouse:
        warehouse.execute("create table kept as select hash(range) as number from range(10000)")
    n_full = 0
    for free_bytes in range(100_000, 2_000_000, 100_000):
        disk.leave(free_bytes)
        with duckdb.connect() as connection:
            connection.execute(f"attach '{released_file}' as old (read_only)")
            tables = {name: connection.table(f"old.release.{name}") for name in TABLES}
            n_full += is_full_for(write_release, released_file, tables)
        with duckdb.connect(private_file) as warehouse:
            n_full += is_full_for(rewrite, warehouse, private_file)
        disk.make_room()
        assert sorted(path.name for path in disk.folder.iterdir()) == [private_file.name, released_file.name]
        assert released(disk.folder, "select count(*) from release.threads") == [(400,)]
        assert private(disk.folder, "select count(*) from kept") == [(10000,)]
    assert 0 < n_full < 38


def is_full_for(write: Callable[..., None], *arguments: object) -> bool:
    try:
        write(*arguments)
    except duckdb.Error as error:
        assert "No space left on device" in str(error)
        return True
    return False


def test_a_full_disk_ends_a_collection_with_a_sentence_and_what_was_kept_is_whole(
    disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line(n, 1_700_000_000_000_000 + n) for n in range(20_000)]
    folder = disk.folder / "archive"
    (folder / ".collect").mkdir(parents=True)
    disk.leave(100_000)
    with running(Jetstream([lambda session: session.send(*lines)] * 9)) as server, pytest.raises(SystemExit):
        main_in(disk.folder, "collect", "--out", str(folder), "--host", server.address, "--megabytes", "0.03")
    assert f"The disk of '{folder}' {FULL}" in capsys.readouterr().err
    files = list_files(str(folder), [])
    table = read_lines((file.number, file.path, file.size_bytes) for file in files).read_all()
    assert table.num_rows and table["reject_reason"].null_count == table.num_rows
    assert set(text.strip().encode() for text in table["line"].to_pylist()) <= set(lines)


def test_a_home_that_cannot_be_written_is_a_sentence(disk: Disk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folded = Folded(tmp_path)
    folded.write("a.ndjson", some_lines("a", 10))
    folded.home = disk.folder / "home"
    make_home(folded.home)
    disk.make_read_only()
    folded.home, there = tmp_path / "logs", folded.home
    result = folded.build("--select", "files", *NO_TESTS, SIMPACT_HOME=str(there))
    said = result.stdout + result.stderr
    assert result.returncode and "Traceback" not in said
    assert f"'{there}/simpact_private.duckdb' cannot be used (Read-only file system)." in said
    assert main_in(there, "sql", "select 'answer' as it") == 0 and "answer" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main_in(there, "export")
    assert f"simpact: '{there}/.exports.writing' cannot be used (Read-only file system)." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main_in(there, "human-scores", str(there), "answers.json")
    assert f"simpact: '{there}' is a folder, not a file." in capsys.readouterr().err  # what is read as well


def make_home(home: Path) -> None:
    home.mkdir()
    make_release(home / "simpact_release.duckdb", 40)
    duckdb.connect(str(home / "simpact_private.duckdb")).close()


def test_too_little_memory_is_a_sentence_and_nothing_stays_on_the_disk(tmp_path: Path) -> None:
    folded = Folded(tmp_path)
    folded.write("a.ndjson", some_lines("a", 300))
    result = folded.build(*LANDING, SIMPACT_MEMORY="1MB")
    assert result.returncode and "Stopped    SIMPACT_MEMORY allows too little memory: set it higher" in result.stdout, (
        result.stdout
    )
    assert not list(folded.home.rglob("*.tmp"))


@pytest.mark.parametrize(
    "setting, value", [("THREADS", "0"), ("THREADS", ""), ("MEMORY", "4"), ("MEMORY", "all"), ("MEMORY", "800%")]
)
def test_a_limit_that_duckdb_cannot_read_is_a_sentence(
    setting: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SIMPACT_{setting}", value)
    with pytest.raises(duckdb.Error) as raised:
        duckdb.connect(config=limits(tmp_path))
    assert as_sentence(raised.value, tmp_path).startswith(f"SIMPACT_{setting} is no ")
