"""dbt build as a user runs it: what it prints, what it leaves, and what it says when something is wrong."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import duckdb
import pytest
import yaml

from simpact.cli import main
from simpact.dbt_plugin import command
from simpact.sample.writer import write_sample
from warehouse import run_dbt, run_dbt_as_parsed

NO_TESTS = ("--selector", "threads", "--exclude-resource-type", "test", "unit_test")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def connect(home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home / "simpact_private.duckdb"), read_only=True)


def test_the_closing_words_say_what_came_in_and_what_is_wrong(home: Path, tmp_path: Path) -> None:
    write_sample(3000, 5, tmp_path / "sample")
    damaged = tmp_path / "sample/archive/damaged.ndjson.gz"
    damaged.write_bytes(gzip.compress(b'{"did":"did:plc:a","time_us":1,"kind":"identity"}\n' * 50_000)[:-20])
    options = ("--selector", "threads", "--exclude-resource-type", "unit_test")
    result = run_dbt("build", *options, home=home, archive=f"{tmp_path}/sample/archive/**")
    assert result.returncode == 0, result.stdout
    assert re.search(r"Came in    5\d,\d{3} lines of 29 files; \d+ were rejected", result.stdout)
    assert re.search(rf"DAMAGED    {damaged} ends early; the [45]\d,\d{{3}} lines before the damage have landed", result.stdout)
    assert "WARN 1 assert_no_file_ends_early" in result.stdout
    assert 'simpact sql "from explore.coverage"' in result.stdout
    assert not re.search("Personas  |Gates  |Released  |Made  ", result.stdout)  # no part of it


@pytest.mark.parametrize(
    "environment, on_path, called",
    [(".venv", False, ".venv/bin/simpact"), (".venv", True, "simpact"), ("../my venv", False, None)],
)
def test_simpact_is_called_as_the_shell_can(
    environment: str, on_path: bool, called: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment in the folder of the project, the same one activated, one elsewhere whose path has a space."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    scripts = (project / environment / "bin").resolve()
    scripts.mkdir(parents=True)
    (scripts / "simpact").touch(mode=0o755)
    monkeypatch.setattr("sys.executable", str(scripts / "python"))
    monkeypatch.setenv("PATH", str(scripts) if on_path else "/bin")
    assert command("simpact") == (called or f"'{scripts}/simpact'")


def test_nothing_is_left_behind_but_the_warehouse(home: Path, tmp_path: Path) -> None:
    """No copies in other schemas: what is erased from raw and staging must be gone."""
    write_sample(500, 5, tmp_path / "sample")
    for _ in range(2):
        assert run_dbt("build", *NO_TESTS, home=home, archive=f"{tmp_path}/sample/archive").returncode == 0
        write_sample(300, 6, tmp_path / "sample/archive/more") if not (tmp_path / "sample/archive/more").exists() else None
    with connect(home) as connection:
        schemas = connection.execute("select distinct schema_name from duckdb_tables() where not temporary").fetchall()
        copies = connection.execute("select table_name from duckdb_tables() where table_name like '%dbt_tmp%'").fetchall()
    assert {schema for (schema,) in schemas} == {"raw", "staging", "private", "quality", "seeds"}
    assert not copies
    assert sorted(path.name for path in home.iterdir()) == ["logs", "simpact_private.duckdb", "target"]


def test_full_refresh_never_drops_what_has_landed(home: Path, tmp_path: Path) -> None:
    write_sample(500, 5, tmp_path / "sample")
    run_dbt("build", *NO_TESTS, home=home, archive=f"{tmp_path}/sample/archive/**")
    for path in (tmp_path / "sample/archive").rglob("*.zst"):
        path.unlink()
    result = run_dbt("build", "--full-refresh", *NO_TESTS, home=home, archive=f"{tmp_path}/sample/archive/**")
    assert result.returncode == 0, result.stdout
    with connect(home) as connection:
        assert connection.execute("select count(*) from raw.events").fetchall() == [(500,)]
        assert connection.execute("select sum(n_events) from quality.coverage").fetchall() == [(500,)]


def test_prod_builds_the_sample_with_its_own_settings(home: Path) -> None:
    """Unit tests and data tests hold whatever the settings are."""
    settings = {"languages": "all", "max_context_age_hours": 5, "max_context_messages": 3, "window_start": "2025-03-10"}
    settings["undefined_intents"] = "allow"
    options = ["--target", "prod", "--selector", "threads", "--vars", json.dumps(settings)]
    result = run_dbt("build", *options, home=home, archive="seeds/sample/archive/**")
    assert result.returncode == 0, result.stdout
    with connect(home) as connection:
        outcomes = {outcome for (outcome,) in connection.execute("select distinct outcome from quality.coverage").fetchall()}
    assert {"off_topic", "outside_window", "threaded"} <= outcomes


def test_the_selector_threads_builds_this_part(home: Path) -> None:
    result = run_dbt("ls", "--selector", "threads", "--output", "name", home=home)
    chosen = set(result.stdout.split())
    assert chosen >= {"events", "files", "threads", "thread_messages", "actions", "coverage", "action_types"}


MISTAKES: dict[str, tuple[list[str], dict[str, str | None], str]] = {
    "no match": (["build"], {"SIMPACT_ARCHIVE": "no/*.gz"}, "SIMPACT_ARCHIVE names no file: nothing matches 'no/*.gz'."),
    "no archive": (["build"], {"SIMPACT_ARCHIVE": ""}, "SIMPACT_ARCHIVE is empty"),
    "no home": (["build", "--target", "prod"], {"SIMPACT_HOME": None}, "Env var required but not provided: 'SIMPACT_HOME'"),
    "bad home": (["build"], {"SIMPACT_HOME": "/dev/null/x"}, "SIMPACT_HOME cannot be used: '/dev/null/x'"),
    "no topic": (
        ["build", *NO_TESTS, "--vars", "topic: cats"],
        {},
        "Setting topic is 'cats', and seeds/topic_keywords.csv has no such topic.",
    ),
    "no intent": (["build", "--vars", "withheld_intents: [x]"], {}, "Setting withheld_intents: 'x' is none of bulkDataset"),
    "no choice": (["build", "--target", "prod"], {}, "Setting undefined_intents is 'None': give allow or withhold"),
    "no score": (["build", "--vars", "max_automation: 2"], {}, "Setting max_automation is '2': give null, or a number above 0"),
    "no threshold": (
        ["build", "--vars", "automation_threshold: 0"],
        {},
        "Setting automation_threshold is '0': give a number above 0 up to 1.",
    ),
    "no k": (["build", "--vars", "k: 2"], {}, "Setting k is '2': give a whole number from 3 on"),
    "no setting": (["build", "--vars", "langauges: [en]"], {}, "Setting langauges is '['en']': there is none of that name"),
    "one language": (["build", "--vars", "languages: en"], {}, "Setting languages is 'en': give all, or a list of tags"),
    "no number": (
        ["build", "--vars", "max_context_messages: 0"],
        {},
        "Setting max_context_messages is '0': give a whole number",
    ),
    "no method": (
        ["build", "--vars", "context_method: latest"],
        {},
        "Setting context_method is 'latest': give most_recent or last_engaged or none.",
    ),
    "no recipe": (["build", "--vars", "recipe: mine"], {}, "Setting recipe is 'mine': give paper or current."),
    "no value": (
        ["build", "--vars", "recipe_changes: {epoch: 3}"],
        {},
        "Setting recipe_changes is '{'epoch': 3}': a recipe has no value epoch, but rank, alpha,",
    ),
    "no values": (
        ["build", "--vars", "recipe_changes: [epochs]"],
        {},
        "Setting recipe_changes is '['epochs']': give values of a recipe, such as {epochs: 3, learning_rate: 0.0002}.",
    ),
    "no such scale": (
        ["build", "--vars", "adapter_scale: 7"],
        {},
        "Setting adapter_scale is '7': give one of persona_scales: 2, 10, 25.",
    ),
    "no scale of the release": (
        ["build", "--vars", "{mixing_scale: 7, archive_fresh_hours: 24}"],
        {},
        "Setting mixing_scale is '7': give one of persona_scales: 2, 10, 25.",
    ),
    "no temperature": (
        ["build", "--vars", "generation: {temperature: 0, top_p: 1.0, max_new_tokens: 9}"],
        {},
        "temperature is above 0, top_p above 0 up to 1, max_new_tokens a whole number from 2 on",
    ),
    "no scale": (["build", "--vars", "persona_scales: []"], {}, "Setting persona_scales is '[]': give a list of whole numbers"),
    "no date": (["build", "--vars", "window_start: soon"], {}, "Setting window_start is 'soon': give a date such as"),
    "no such day": (
        ["build", "--vars", "window_end: '2025-02-29'"],
        {},
        "Setting window_end is '2025-02-29': give a date such as 2025-03-23",
    ),
    "empty window": (
        ["build", "--vars", "{window_start: 2025-03-02, window_end: 2025-03-02}"],
        {},
        "Setting window_end is '2025-03-02': it must be later than window_start.",
    ),
}


@pytest.mark.parametrize(("arguments", "environment", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_what_is_wrong_is_one_clear_sentence(
    home: Path, arguments: list[str], environment: dict[str, str | None], sentence: str
) -> None:
    result = run_dbt_as_parsed(*arguments, home=home, **environment)
    assert result.returncode != 0
    assert sentence in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_a_wrong_setting_passes_the_parser_or_is_told_by_it(home: Path) -> None:
    """Above, the project is parsed without them."""
    wrong: dict[str, object] = {}
    for arguments, _, _ in MISTAKES.values():
        wrong |= yaml.safe_load(arguments[-1]) if "--vars" in arguments else {}
    assert len(wrong) > 15
    while (result := run_dbt("ls", "--vars", json.dumps(wrong, default=str), home=home)).returncode != 0:
        told = re.search(r"Setting (\w+)", result.stdout)
        assert told and "Traceback" not in result.stdout, result.stdout
        del wrong[told[1]]


def test_an_archive_four_times_the_memory_is_landed_and_folded(home: Path, tmp_path: Path) -> None:
    """200 MB of memory for DuckDB, 900 MB of lines; the same 250,000 events come eight times."""
    write_sample(250_000, 9, tmp_path / "sample")
    archive = tmp_path / "sample/archive"
    for path in sorted(archive.rglob("*.zst")):
        for copy in range(1, 8):
            (archive / f"copy{copy}").mkdir(exist_ok=True)
            (archive / f"copy{copy}" / path.name).symlink_to(path)
    result = run_dbt("build", *NO_TESTS, home=home, archive=f"{archive}/**", SIMPACT_MEMORY="200MB")
    assert result.returncode == 0, result.stdout
    with connect(home) as connection:
        assert connection.execute("select count(*) from raw.events").fetchall() == [(2_000_000,)]
        records = "select sum(length(record::varchar)) from raw.events"
        duplicates = "select count(*) from staging.stg_bluesky__duplicates"
        assert connection.execute(records).fetchall()[0][0] > 400e6  # and the envelopes as much again
        assert connection.execute(duplicates).fetchall()[0][0] > 7 * 245_000


def test_the_command_of_the_readme_prints_a_thread(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMPACT_HOME", str(sample_home))
    monkeypatch.setenv("COLUMNS", "160")
    with connect(sample_home) as connection:
        (thread, actor) = connection.execute(
            "select thread_id, actor_did from private.threads where message_count > 2 order by thread_id limit 1"
        ).fetchall()[0]
        ((hashtag_count,),) = connection.execute("select count(*) from explore.search('#cdnpoli')").fetchall()
        ((persona,),) = connection.execute(
            "select persona_id from private.persona_members where scale = 10 and user_did = $actor", {"actor": actor}
        ).fetchall()
    assert hashtag_count > 100
    for question, answer in (
        ("from explore.threads limit 5", "message_text"),
        ("from personas", "top_terms"),
        ("show tables", "coverage"),
        (f"from explore.persona(10, {persona})", "such as thread"),
        (f"from explore.thread({thread})", actor),
        (f"from explore.actor_threads('{actor}')", str(thread)),
        ("from explore.search('leaders debate')", "debate"),
        ("from explore.coverage", "follow"),
    ):
        assert main(["sql", question]) == 0
        assert answer in capsys.readouterr().out
    with pytest.raises(SystemExit, match="1"):
        main(["sql", "from explore.thread"])
    said = capsys.readouterr().err
    assert "simpact: Catalog Error" in said
    assert "The schema explore has actor_threads(which_actor), coverage, persona(which_scale, which_persona)" in said


def test_nothing_above_raw_has_the_words_or_the_name_of_a_withheld_person(sample_home: Path) -> None:
    """No text, profile or handle of theirs; their actions stay, by DID, with an outcome that says why they are not used."""
    with connect(sample_home) as connection:
        connection.execute("""
            create temp table secrets as
            with words as (
                select
                    did in (select did from staging.stg_bluesky__withheld) as is_withheld,
                    unnest(json_extract_string(coalesce(record, identity), ['$.text', '$.displayName', '$.handle'])) as word
                from raw.events
            )
            select word from words where length(word) > 12 group by word having bool_and(is_withheld)
        """)
        assert connection.execute("select count(*) from secrets").fetchall()[0][0] > 20
        columns = connection.execute("""
            select schema_name, table_name, column_name from duckdb_columns()
            where schema_name in ('staging', 'private', 'quality') and data_type in ('VARCHAR', 'JSON', 'VARCHAR[]')
              and table_name in (select table_name from duckdb_tables())
        """).fetchall()
        assert len(columns) > 20
        for schema, table, column in columns:
            found = connection.execute(
                f"select count(*) from {schema}.{table} as t where t.{column}::varchar in (select word from secrets)"
            ).fetchall()
            held = connection.execute(f"""
                select count(*) from {schema}.{table} as t, secrets
                where t.{column}::varchar like '{{%' and contains(t.{column}::varchar, word)
            """).fetchall()
            assert (found, held) == ([(0,)], [(0,)]), (table, column)
