"""Folders whose names have spaces, quotes, other scripts, and signs of globs, formats and templates."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import duckdb
import pytest

from faulty import NO_TESTS, ODD
from homes import main_in, released
from jetstream import Jetstream, line, running
from released import make_release
from simpact.archive import list_files
from simpact.compression import zstd
from simpact.erasure.releases import erase_from_index, releases_with
from simpact.keys import read_key
from simpact.release.index import indexes, write_index
from warehouse import KEY, ROOT, run_dbt


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    folder = tmp_path / ODD
    folder.mkdir()
    return folder


@pytest.mark.parametrize("setting", ["archive", "archive/**", "archive/2025 [x]/*.ndjson", "./archive/2025 [[]x]/a*"])
def test_an_archive_is_found_from_a_folder_that_looks_like_a_glob(
    setting: str, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the setting says is a glob; where one stands, and a folder that is there, are names."""
    day = odd / "archive" / ("2025 x" if setting == "archive/2025 [x]/*.ndjson" else "2025 [x]")
    day.mkdir(parents=True)
    (day / "a b.ndjson").write_bytes(b"x\n")
    (day / ".hidden").write_bytes(b"x\n")
    monkeypatch.chdir(odd)
    files = list_files(setting, [])
    assert [file.path for file in files] == [str(day / "a b.ndjson")]
    (day / "a b.ndjson").unlink()
    assert [file.is_selected for file in list_files(setting, files, {1})] == [True]
    assert [file.path for file in list_files(str(odd / "archive/**"), files, {1})] == [str(day / "a b.ndjson")]


def test_commands_take_an_odd_home(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So does `simpact erase`, in test_faults.py."""
    make_release(odd / "simpact_release.duckdb", 40)
    duckdb.connect(str(odd / "simpact_private.duckdb")).close()
    for command in (["sql", "select 6 * 7 as it"], ["export"], ["export-agents", "--n", "3"], ["report"]):
        assert main_in(odd, *command) == 0, capsys.readouterr().err
    assert "42" in capsys.readouterr().out
    exported = duckdb.connect().execute("select count(*) from read_parquet(?)", [str(odd / "exports/threads.parquet")])
    assert exported.fetchall() == released(odd, "select count(*) from release.threads")


def test_an_index_in_an_odd_home_is_searched_and_erased_from(odd: Path) -> None:
    key = read_key({"SIMPACT_KEY": KEY}, is_required=True)
    keyed = duckdb.sql(f"select '{key('person did:plc:x')}' as person_key, unnest([7, 8]) as thread_id, true as is_actor")
    write_index(keyed, odd, "r1", key.name)
    assert releases_with(odd, key, "did:plc:x") == {"r1": [7, 8]}
    erase_from_index(indexes(odd)["r1"], [8])
    assert releases_with(odd, key, "did:plc:x") == {"r1": [7]}


def test_collect_takes_an_odd_folder(odd: Path) -> None:
    def one(session) -> None:
        session.send(line(1, 1_700_000_000_000_000))
        threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
        session.hold()

    with running(Jetstream([one])) as server:
        assert main_in(odd, "collect", "--out", str(odd / "archive"), "--host", server.address) == 0
    (file,) = list_files(str(odd / "archive"), [])
    assert b'"time_us":1700000000000000' in zstd.decompress(Path(file.path).read_bytes())


def test_what_dbt_takes_for_a_url_is_refused_with_a_sentence(tmp_path: Path) -> None:
    result = run_dbt("build", "--select", "files", *NO_TESTS, home=tmp_path / "a#b", archive=str(ROOT / "seeds/sample/archive"))
    assert result.returncode and "a#b' has a # or a ? in its name." in result.stdout and "Traceback" not in result.stdout
