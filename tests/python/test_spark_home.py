"""What the target `spark` leaves, as commands and other targets find it: a private database with views of Spark's tables."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from dbt_common.exceptions import DbtRuntimeError

from faulty import held
from homes import all_bytes, main_in
from simpact.dbt_plugin import NewLines
from simpact.erasure.standing import keep_out
from simpact.errors import UserError
from simpact.faults import what_lacks
from simpact.home import quoted
from simpact.spark.driver import Driver
from simpact.spark.landing import Lander

VOCABULARY = "select 1"


@pytest.fixture
def spark_home(tmp_path: Path) -> Path:
    """With one landed line: somebody tells a handle. Its name looks like a glob."""
    home = tmp_path / "it's [all]"
    landed = home / "simpact_spark/landed/x"
    landed.mkdir(parents=True)
    duckdb.sql(f"""
        copy (
            select 1 as event_id, 1 as file_number, 'did:plc:ann' as did, 1 as time_us, 'identity' as kind,
                '{json.dumps({"handle": "ann.example"})}' as identity, null::varchar as collection, null::varchar as record
        ) to '{quoted(landed)}/1.parquet'
    """)
    driver = Driver(home)
    assert driver.ask("select count(*) from raw.events", VOCABULARY) == [(1,)]
    driver.connection.close()
    return home


def made_by_spark(home: Path, schema: str, name: str, query: str) -> None:
    table = home / f"simpact_spark/tables/{schema}.db/{name}"
    table.mkdir(parents=True)
    duckdb.sql(f"copy ({query}) to '{quoted(table)}/1.parquet'")


def test_a_command_asks_it_as_ever(spark_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_in(spark_home, "sql", "select did from raw.events") == 0
    assert "did:plc:ann" in capsys.readouterr().out


def test_what_another_target_made_of_it_gives_way(spark_home: Path) -> None:
    with duckdb.connect(str(spark_home / "simpact_private.duckdb")) as connection:
        connection.execute("create schema private; create table private.threads as select 1 as thread_id")
    made_by_spark(spark_home, "private", "threads", "select 2 as thread_id")
    assert Driver(spark_home).ask("from private.threads", VOCABULARY) == [(2,)]


def test_dbt_can_seed_there_again(spark_home: Path) -> None:
    """It refuses where a view has the name of a seed."""
    made_by_spark(spark_home, "seeds", "instructions", "select 1 as id")
    for _ in range(2):
        driver = Driver(spark_home)
        assert driver.ask("select table_name from duckdb_tables() where schema_name = 'seeds'", VOCABULARY) == [
            ("instructions",)
        ]
        driver.connection.close()


def test_no_archive_lands_there_by_another_target(spark_home: Path) -> None:
    with duckdb.connect(str(spark_home / "simpact_private.duckdb")) as connection:
        connection.register("archive_lines", NewLines(connection))
        with pytest.raises(duckdb.Error, match="This warehouse was built on Spark"):
            connection.execute("select count(*) from archive_lines").fetchall()


def test_a_warehouse_that_was_built_without_spark_stays_what_it_is(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "simpact_private.duckdb")) as connection:
        connection.execute("create schema raw; create table raw.events as select 1 as event_id")
    with pytest.raises(DbtRuntimeError, match="was built without Spark: give Spark another SIMPACT_HOME"):
        Driver(tmp_path)
    with duckdb.connect(str(tmp_path / "simpact_private.duckdb")) as connection:
        assert connection.execute("from raw.events").fetchall() == [(1,)]


def test_the_second_of_two_builds_says_who_is_there(spark_home: Path) -> None:
    with held(spark_home / "simpact_private.duckdb") as process, pytest.raises(DbtRuntimeError) as refused:
        Driver(spark_home)
    assert f"is in use by process {process}: wait" in str(refused.value)


def test_too_little_memory_for_spark_is_a_sentence(tmp_path: Path) -> None:
    assert "SIMPACT_SPARK_MEMORY allows" in str(what_lacks(": java.lang.OutOfMemoryError: Java heap space\n at java", tmp_path))


def test_a_person_is_found_by_handle_and_all_of_spark_goes(spark_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_in(spark_home, "erase", "ann.example") == 0
    assert "simpact_spark: deleted" in capsys.readouterr().out
    left = dict(all_bytes(spark_home))
    assert [path.name for path in left] == ["simpact_erased.ndjson"]
    assert json.loads(left[spark_home / "simpact_erased.ndjson"]) == {"did": "did:plc:ann", "names": ["ann", "ann example"]}


class InThisProcess:
    """A session of Spark whose workers are this process."""

    def range(self, start: int, end: int, step: int, n_tasks: int) -> InThisProcess:
        self.places = pa.record_batch({"id": list(range(start, end, step))})
        return self

    def mapInArrow(self, lander: Lander, schema: str) -> InThisProcess:
        self.rows = [tuple(row.values()) for batch in lander(iter([self.places])) for row in batch.to_pylist()]
        return self

    def collect(self) -> list[tuple[int, str | None]]:
        return self.rows


LINES_ALONE = """
    select file_number, line
    from archive_lines
    where not coalesce(regexp_matches(line, getvariable('erased_people')), false)
"""


@pytest.fixture
def archive_home(tmp_path: Path) -> Path:
    """With raw.files, of files that hold a line each."""
    home = tmp_path / "home"
    for number in (1, 2):
        (tmp_path / f"{number}.ndjson").write_text(f"line {number}\n")
    path = f"'{tmp_path}/' || number || '.ndjson'"
    files = f"select number, {path} as path, number as size_bytes from range(1, 3) as t(number)"
    made_by_spark(home, "raw", "files", files)
    return home


def landed_lines(folder: Path) -> list[tuple[int, str]]:
    return duckdb.sql(f"from '{quoted(folder)}/*.parquet' order by all").fetchall()


def test_every_file_lands_once(archive_home: Path) -> None:
    driver = Driver(archive_home)
    both = [(1, "line 1\n"), (2, "line 2\n")]
    folder = driver.land(InThisProcess(), LINES_ALONE, VOCABULARY)
    assert landed_lines(folder) == both
    (archive_home.parent / "1.ndjson").unlink()  # it is asked for no more
    (folder / ".3.killed").write_text("half")
    assert landed_lines(driver.land(InThisProcess(), LINES_ALONE, VOCABULARY)) == both
    assert sorted(path.name for path in folder.iterdir()) == ["1.parquet", "2.parquet"]


def test_who_was_erased_lands_no_more(archive_home: Path) -> None:
    keep_out(archive_home, "did:plc:ann", [])
    (archive_home.parent / "2.ndjson").write_text("of did:plc:ann\n")
    assert landed_lines(Driver(archive_home).land(InThisProcess(), LINES_ALONE, VOCABULARY)) == [(1, "line 1\n")]


def test_what_had_landed_stays_until_all_has_landed_anew(archive_home: Path) -> None:
    driver = Driver(archive_home)
    before = driver.land(InThisProcess(), LINES_ALONE, VOCABULARY)
    (archive_home.parent / "1.ndjson").unlink()
    otherwise = f"select * from ({LINES_ALONE})"
    with pytest.raises(UserError, match=r"^SIMPACT_ARCHIVE names what cannot be read: '.*1\.ndjson' \(No such file .*\)\.$"):
        driver.land(InThisProcess(), otherwise, VOCABULARY)
    assert landed_lines(before) == driver.ask("from raw.events order by all", VOCABULARY) == [(1, "line 1\n"), (2, "line 2\n")]
    assert [path.name for path in before.parent.iterdir()] == [before.name]
    (archive_home.parent / "1.ndjson").write_text("line 3\n")
    after = driver.land(InThisProcess(), otherwise, VOCABULARY)
    assert landed_lines(after) == driver.ask("from raw.events order by all", VOCABULARY) == [(1, "line 3\n"), (2, "line 2\n")]
    assert [path.name for path in after.parent.iterdir()] == [after.name]


def test_one_file_that_is_landed_twice_at_a_time_is_whole(archive_home: Path) -> None:
    """As a worker does that Spark has given up, and another in its place."""
    file, folder = (1, str(archive_home.parent / "1.ndjson"), 7), archive_home / "landed"
    folder.mkdir()
    slow, quick = (
        Lander(code, VOCABULARY, None, folder, [file]) for code in ("from archive_lines, range(2000000)", LINES_ALONE)
    )
    with ThreadPoolExecutor(2) as workers:
        place = [pa.record_batch({"id": [0]})]
        landed = [workers.submit(list, lander(iter(place))) for lander in (slow, quick)]
    assert [batch.column(1).to_pylist() for future in landed for batch in future.result()] == [[None], [None]]
    assert [path.name for path in folder.iterdir()] == ["1.parquet"] and landed_lines(folder)
