"""The workflows of GitHub: least rights, pinned actions, and no command in them that does not exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from homes import main_in
from oracle import ROOT
from simpact.cli import main

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yml"))}
DBT = {"build", "docs", "source"}


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def commands(workflow: dict[str, Any]) -> list[list[str]]:
    """Every command of ours in its steps, as words."""
    scripts = [step["run"] for step in steps(workflow) if "run" in step]
    lines = [line.strip() for script in scripts for line in script.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith(("make ", ".venv/bin/"))]


def test_there_is_one_for_pull_requests_and_one_for_users() -> None:
    assert WORKFLOWS.keys() == {"checks", "gates"}
    assert "pull_request" in WORKFLOWS["checks"][True] and WORKFLOWS["gates"][True].keys() == {"workflow_call"}  # YAML's `on`
    assert WORKFLOWS["checks"]["concurrency"]["cancel-in-progress"] is True


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_it_may_read_and_no_more(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job and job["timeout-minutes"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_what_fails_before_a_pipe_fails_the_step(workflow: dict[str, Any]) -> None:
    """GitHub's own choice of shell is without pipefail, and a closed gate would be lost in `tee`."""
    for job in workflow["jobs"].values():
        assert {**workflow.get("defaults", {}).get("run", {}), **job.get("defaults", {}).get("run", {})}["shell"] == "bash"


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_actions_are_pinned_and_get_nothing_to_keep(workflow: dict[str, Any]) -> None:
    for step in steps(workflow):
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v0"))
        assert "checkout" not in step.get("uses", "") or step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", ""), "what comes from outside reaches a script as a variable, never as its text"


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_every_command_in_it_exists(workflow: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)) | {".venv/.ready"}
    selectors = {selector["name"] for selector in yaml.safe_load((ROOT / "selectors.yml").read_text())["selectors"]}
    found = commands(workflow)
    assert len(found) > 5
    for program, *words in found:
        if program == "make":
            assert set(words) <= targets
        elif program == ".venv/bin/simpact":
            with pytest.raises(SystemExit) as ended:
                main([words[0], "--help"])
            assert ended.value.code == 0, words
            usage = capsys.readouterr().out
            assert all(word in usage for word in words if word.startswith("--"))
        elif program == ".venv/bin/dbt":
            assert next(word for word in words if not word.startswith("-")) in DBT
            assert "--selector" not in words or words[words.index("--selector") + 1] in selectors
        else:
            assert program == ".venv/bin/pip" and words[0] == "install"


def test_the_library_without_cuda_is_the_one_of_the_lock() -> None:
    (locked,) = re.findall(r"^torch==([\d.]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    told = [
        word for workflow in WORKFLOWS.values() for words in commands(workflow) for word in words if word.startswith("torch")
    ]
    assert len(told) == 4 and set(told) == {f"torch=={locked}"}


def test_nothing_of_a_users_archive_is_uploaded_but_the_pages_of_its_gates() -> None:
    uploads = [step["with"] for step in steps(WORKFLOWS["gates"]) if "upload-artifact" in step.get("uses", "")]
    assert [upload["path"] for upload in uploads] == ["home/data_docs"]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("status", [0, 1])
def test_linting_leaves_no_warehouse_behind(status: int, tmp_path: Path) -> None:
    """The linter of SQL, here one that writes what dbt writes, opens a warehouse; what it finds is the status all the same."""
    (tmp_path / "sqlfluff").write_text(f"""#!/bin/sh
        touch "$SIMPACT_HOME/simpact_private.duckdb" && mkdir "$DBT_TARGET_PATH" "$DBT_LOG_PATH" || exit 7
        echo "$SIMPACT_HOME" "$DBT_TARGET_PATH" "$DBT_LOG_PATH" > {tmp_path}/folders
        exit {status}
    """)
    (tmp_path / "sqlfluff").chmod(0o755)
    make = ["make", "--file", str(ROOT / "Makefile"), "--silent", "sqlfluff", f"BIN={tmp_path}", "READY="]
    assert (subprocess.run(make, cwd=tmp_path, check=False, capture_output=True).returncode == 0) == (status == 0)
    folders = (tmp_path / "folders").read_text().split()
    assert len(folders) == 3 and not any(Path(folder).exists() for folder in folders)


def expectation(success: bool, why: str) -> str:
    """A gate with one expectation, as SQL."""
    return (
        f"select 'e' as expectation, 'c' as column_name, '{why}' as why, {success} as success, 3 as n_unexpected, 4 as n_rows"
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "simpact_private.duckdb")) as connection:
        connection.execute("create schema quality")
        for gate in ("intake", "personas", "release"):
            connection.execute(f"create table quality.gate_{gate} as {expectation(True, 'It is so.')}")
        connection.execute(
            "create table quality.coverage_told as select 'like' as action_type, 'threaded' as outcome, 1234 as n_events"
        )
    return tmp_path


def test_open_gates_are_told_with_the_coverage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_in(home, "gates") == 0
    said = capsys.readouterr().out
    assert "| gate_release | open | 1 of 1 expectations hold |" in said and "| like | threaded | 1,234 |" in said
    assert "| gate_adapters | not reached |  |" in said


@pytest.mark.parametrize(
    "change, sentence",
    [
        ("update quality.gate_release set success = false", "gate_release is closed: It is so."),
        ("update quality.gate_release set success = null", "gate_release is closed: It is so."),
        ("drop table quality.gate_personas", "gate_personas is not reached"),
        (
            f"create table quality.gate_adapters as {expectation(False, 'No.')}",
            "gate_adapters is closed: No.",
        ),
    ],
)
def test_a_gate_that_is_closed_or_missing_fails_loudly(
    change: str, sentence: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute(change)
    with pytest.raises(SystemExit) as ended:
        main_in(home, "gates")
    said = capsys.readouterr()
    assert ended.value.code == 2 and sentence in said.err and "## Coverage" in said.out
    assert ("is closed" in sentence) == ("**closed**" in said.out) == ("| e | c | " in said.out)
