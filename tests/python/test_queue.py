"""The queue of adapters: whole or not there, never trained twice, the same after a kill, a full disk or an evening."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from accelerate import Accelerator
from accelerate.tracking import GeneralTracker, on_main_process
from safetensors.torch import load_file

from simpact.errors import UserError
from simpact.training import queue, trainer
from simpact.training.base import load_base
from simpact.training.job import JOBS, Job, jobs_of
from simpact.training.queue import Ticket, tickets, work
from simpact.training.records import AUDITS, CURVES, audited_losses, loss_curves
from simpact.training.settings import TrainingSettings
from simpact.training.worker import RUNS, train_adapters
from tiny import RECIPE, base, jobs, recipe, saved_base, tokenizer

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved_base(tmp_path_factory.mktemp("model"))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that are done, as they are done."""
    done: list[int] = []
    backward = trainer._backward
    monkeypatch.setattr(trainer, "_backward", lambda *given: [done.append(given[-1] + 1), backward(*given)][1])
    return done


def settings(model: str, **changes: Any) -> TrainingSettings:
    values = {"instructions": "bundled", "instruction_share": 0.2, "canaries": 0, "report_to": [], "seed": 1}
    given = {"base_model": model, "recipe": RECIPE, "adapters_at_once": 2, "training_hours": None}
    return TrainingSettings(**(values | given | changes))


def queued(home: Path, adapters: str = "ab", n: int = 10) -> list[Ticket]:
    return tickets(list(jobs_of(jobs(adapters, n), 1)), base(), recipe(), home)


def worked(home: Path, adapters: str = "ab", at_once: int = 2, hours: float | None = None) -> list[Ticket]:
    found = queued(home, adapters)
    work(found, base(), recipe(), at_once, hours, Accelerator(cpu=True))
    return found


def weights(found: list[Ticket]) -> list[bytes]:
    return [(ticket.folder / WEIGHTS).read_bytes() for ticket in found]


def names_in(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "adapters").iterdir() if path.name != ".queue")


# What an adapter is


def test_the_folder_of_an_adapter_says_how_it_came_about(tmp_path: Path, model_folder: str, steps: list[int]) -> None:
    runs = train_adapters(tmp_path, settings(model_folder), jobs("ab"), n_gpus=0)
    assert runs.schema == RUNS and runs["status"].to_pylist() == ["trained"] * 2
    assert steps == list(range(1, 7)), "two adapters in one pass: 2 epochs of 3 steps"
    for row in runs.to_pylist():
        folder = tmp_path / row["folder"]
        files = ["README.md", "adapter_config.json", WEIGHTS, "audit.parquet", "curve.parquet", "training.json"]
        assert sorted(path.name for path in folder.iterdir()) == sorted(files)
        run = json.loads((folder / "training.json").read_text())
        assert (run["n_examples"], run["n_steps"], run["recipe"]["rank"]) == (10, 6, 4)
        assert row["training_sha256"][:12] == folder.name.removeprefix(f"{row['adapter']}-")
        assert row["weights_sha256"] in (folder / "README.md").read_text()
    curves, audits = loss_curves(tmp_path, runs), audited_losses(tmp_path, runs)
    assert curves.schema == CURVES and len(curves) == 12 and curves["step"].to_pylist() == [*range(1, 7)] * 2
    assert audits.schema == AUDITS and audits["epoch"].to_pylist() == [0] * 4 + [1] * 4 + [2] * 4 + [0] * 4 + [1] * 4 + [2] * 4
    assert audits["role"].to_pylist()[:4] == ["control", "member", "member", "member"]
    assert audits["turn"].to_pylist()[:4] == [1, 1, 2, 3]
    assert audits["n_tokens"].to_pylist()[0] == len(tokenizer()('{"action":"like"}<|im_end|>')["input_ids"])


def test_a_second_run_does_no_step_and_finds_the_same(tmp_path: Path, model_folder: str, steps: list[int]) -> None:
    first = train_adapters(tmp_path, settings(model_folder), jobs("ab"), n_gpus=0)
    steps.clear()
    again = train_adapters(tmp_path, settings(model_folder), jobs("ab").take(np.arange(21, -1, -1)), n_gpus=0)
    assert not steps and again.equals(first)


def test_other_examples_seed_recipe_or_base_are_another_adapter_and_the_order_of_rows_is_none() -> None:
    (job,) = jobs_of(jobs("a"), 1)
    same = next(jobs_of(jobs("a").take(np.random.default_rng(0).permutation(11)), 1))
    marked = job.sha256(base(), recipe())
    assert same.sha256(base(), recipe()) == marked
    others = [
        Job("a", job.rows[1:], 1).sha256(base(), recipe()),
        Job("a", job.rows, 2).sha256(base(), recipe()),
        job.sha256(base(), recipe(rank=5)),
        job.sha256(base()._replace(sha256="1" * 64), recipe()),
    ]
    assert len({marked, *others}) == 5


def test_a_base_with_another_template_is_another_base_and_one_that_is_none_is_a_users_error(tmp_path: Path) -> None:
    folder = Path(saved_base(tmp_path / "model"))
    first, again = (load_base(str(folder), tmp_path, 1).sha256 for _ in range(2))
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("assistant", "model"))
    assert first == again != load_base(str(folder), tmp_path, 1).sha256
    template.unlink()
    with pytest.raises(UserError, match="has no chat template"):
        load_base(str(folder), tmp_path, 1)
    with pytest.raises(UserError, match="Setting base_model: 'nobody/nothing' cannot be loaded"):
        load_base("nobody/nothing", tmp_path, 1)


def test_without_jobs_there_is_nothing_to_train(tmp_path: Path, model_folder: str) -> None:
    assert train_adapters(tmp_path, settings(model_folder), JOBS.empty_table(), n_gpus=0).equals(RUNS.empty_table())


# Kills

KILLED = """
import os, signal, sys
from pathlib import Path
import pyarrow.parquet as pq
import torch
from simpact.training import trainer, worker
from simpact.training.settings import TrainingSettings
torch.set_num_threads(1)
trainer.SECONDS_BETWEEN_CHECKPOINTS = -1  # after every step
home, save = Path(sys.argv[1]), trainer._save
def save_then_kill(*given):
    if given[-1].step == 5:  # of 6, in the second epoch: the third epoch's audit is not there
        Path(str(given[0]) + ".next").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    save(*given)
trainer._save = save_then_kill
worker.train_adapters(home, TrainingSettings(**__import__("json").loads(sys.argv[2])), pq.read_table(home / "jobs.parquet"), 0)
"""


def test_a_training_killed_in_mid_run_ends_with_the_bytes_of_one_that_was_not(
    tmp_path: Path, model_folder: str, steps: list[int]
) -> None:
    killed, quiet = tmp_path / "killed", tmp_path / "quiet"
    killed.mkdir()
    how = settings(model_folder)
    pq.write_table(jobs("ab"), killed / "jobs.parquet")
    command = [sys.executable, "-c", KILLED, str(killed), how.text]
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "OMP_NUM_THREADS": "1"}
    assert subprocess.run(command, env=os.environ | paths, stderr=subprocess.DEVNULL).returncode == -signal.SIGKILL
    assert [name.rpartition(".")[2] for name in names_in(killed)] == ["checkpoint", "next"], "no folder, not even a part"
    goes_on = train_adapters(killed, how, jobs("ab"), n_gpus=0)
    assert steps == [5, 6], "four steps were kept"
    undisturbed = train_adapters(quiet, how, jobs("ab"), n_gpus=0)
    assert goes_on["weights_sha256"].equals(undisturbed["weights_sha256"])
    assert len(set(goes_on["weights_sha256"].to_pylist())) == 2
    for found in (loss_curves, audited_losses):
        ours, theirs = (
            found(home, runs).drop_columns("seconds" if found is loss_curves else [])
            for home, runs in ((killed, goes_on), (quiet, undisturbed))
        )
        assert ours.equals(theirs)
    assert names_in(killed) == names_in(quiet) and len(names_in(killed)) == 2, "the checkpoint is gone"
    assert not list((killed / "adapters" / ".queue").iterdir())


def test_a_checkpoint_that_nobody_asks_for_any_more_goes(tmp_path: Path) -> None:
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters/of_earlier_threads.checkpoint").write_bytes(b"what they taught")
    worked(tmp_path, "a")
    assert [name.partition("-")[0] for name in names_in(tmp_path)] == ["a"]


@pytest.mark.parametrize("left", ["a", "b"])
def test_killed_between_two_folders_of_one_pass_only_the_other_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[int], left: str
) -> None:
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: None)  # the checkpoint stays
    (kept, other) = sorted(worked(tmp_path), key=lambda ticket: ticket.job.adapter != left)
    expected, born = weights([kept, other]), kept.folder.stat().st_ino
    monkeypatch.undo()
    monkeypatch.setattr(trainer, "_backward", lambda *_: pytest.fail("a step was done again"))
    for path in other.folder.iterdir():
        path.unlink()
    other.folder.rmdir()
    worked(tmp_path)
    assert weights([kept, other]) == expected and kept.folder.stat().st_ino == born
    assert names_in(tmp_path) == sorted([kept.folder.name, other.folder.name])


def test_one_of_a_pass_that_is_missing_trains_alone_also_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[int]
) -> None:
    """The pass had other members when the others were trained: its checkpoint is of the missing one alone."""
    kept, lost = worked(tmp_path)
    expected = load_file(lost.folder / WEIGHTS)
    before = weights([kept])
    lost.folder.rename(tmp_path / "lost")
    monkeypatch.setattr(trainer, "SECONDS_BETWEEN_CHECKPOINTS", -1)
    save = trainer._save

    def save_and_stop(*given: Any) -> None:
        save(*given)
        if given[-1].step == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "_save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        worked(tmp_path)
    monkeypatch.setattr(trainer, "_save", save)
    steps.clear()
    worked(tmp_path)
    assert steps == [3, 4, 5, 6] and weights([kept]) == before
    for name, weight in load_file(lost.folder / WEIGHTS).items():
        torch.testing.assert_close(weight, expected[name], atol=1e-5, rtol=1e-4)
    assert pq.read_table(lost.folder / "audit.parquet")["epoch"].to_pylist() == [0] * 4 + [1] * 4 + [2] * 4


# Full disks and full evenings


def full_after(n_bytes: int) -> Any:
    """No file may be longer: what a full disk does to a writer, with another number."""
    return resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))


@pytest.mark.parametrize("place", ["checkpoint", "weights", "curve"])
def test_a_full_disk_is_told_and_leaves_what_was_trained_and_no_broken_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[int], place: str
) -> None:
    first = queued(tmp_path)[0]
    work([first], base(), recipe(), 1, None, Accelerator(cpu=True))
    before = weights([first])
    sizes = {"checkpoint": 10_000, "weights": 10_000, "curve": 10}
    target, name = {"checkpoint": (trainer, "_save"), "weights": (queue, "_keep"), "curve": (queue, "_audit_rows")}[place]
    call = getattr(target, name)

    def on_a_full_disk(*given: Any) -> Any:
        full_after(sizes[place])
        return call(*given)

    with (
        monkeypatch.context() as patch,
        pytest.raises(UserError, match=r"Training stopped: .*File too large\. The adapters"),
    ):
        patch.setattr(target, name, on_a_full_disk)
        try:
            worked(tmp_path, "ab", at_once=1)
        finally:
            full_after(resource.RLIM_INFINITY)
    left = [name for name in names_in(tmp_path) if not name.endswith(".checkpoint")]
    assert left == [first.folder.name] and weights([first]) == before
    if place != "checkpoint":
        steps.clear()
    found = worked(tmp_path, "ab", at_once=1)
    assert len(steps) == (0 if place != "checkpoint" else 6 + 3 + 6) and all(ticket.is_done for ticket in found)


def test_the_disk_is_named_full_when_the_system_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(trainer, "_save", refuse)
    with pytest.raises(UserError, match="No space left on device"):
        worked(tmp_path)


def test_after_training_hours_no_training_begins_and_the_next_build_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_folder: str, steps: list[int]
) -> None:
    clock = iter(range(0, 10**9, 3000))  # each look at it takes 50 minutes
    monkeypatch.setattr(queue.time, "monotonic", lambda: float(next(clock)))
    how = settings(model_folder, adapters_at_once=1, training_hours=1.0)
    table = jobs("abc")
    runs = train_adapters(tmp_path, how, table, n_gpus=0)
    statuses = runs["status"].to_pylist()
    assert statuses[0] == "trained" and statuses[-1] == "waiting" and runs["folder"][2].as_py() is None
    assert runs["training_sha256"].null_count == 0
    done = statuses.count("trained")
    monkeypatch.undo()
    again = train_adapters(tmp_path, settings(model_folder, adapters_at_once=1), table, n_gpus=0)
    assert again["status"].to_pylist() == ["trained"] * 3
    assert again.slice(0, done).equals(runs.slice(0, done)), "the first was not trained again"


# Trackers


class Told(GeneralTracker):
    """A tracker that keeps what it hears."""

    name = "told"
    requires_logging_directory = False

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[int, dict[str, float]]] = []

    @property
    def tracker(self) -> Any:
        return self.heard

    @on_main_process
    def store_init_configuration(self, values: dict[str, Any]) -> None:
        pass

    @on_main_process
    def log(self, values: dict[str, float], step: int | None, **_: Any) -> None:
        self.heard.append((step or 0, values))


def test_trackers_hear_every_loss_under_numbers_that_no_two_passes_share(tmp_path: Path) -> None:
    told = Told()
    accelerator = Accelerator(cpu=True, log_with=told)
    accelerator.init_trackers("simpact", config=recipe().flat)
    found = queued(tmp_path, "abc")
    work(found, base(), recipe(), 2, None, accelerator)
    for number, ticket in enumerate(found):
        losses = pq.read_table(ticket.folder / "curve.parquet")["loss"].to_pylist()
        name = f"{ticket.job.adapter}/loss"
        first = 1 if number < 2 else 7  # a and b are one pass of six steps
        assert [(step, values[name]) for step, values in told.heard if name in values] == list(enumerate(losses, first))


def test_a_tracker_that_is_not_installed_is_a_users_error_and_the_queue_is_gone(tmp_path: Path, model_folder: str) -> None:
    with pytest.raises(UserError, match="Setting report_to: 'no_such' is not installed"):
        train_adapters(tmp_path, settings(model_folder, report_to=["no_such"]), jobs("a"), n_gpus=0)
    folder = tmp_path / "adapters" / ".queue"
    assert not list(folder.iterdir()) and folder.stat().st_mode & 0o777 == 0o700


# Several processes


def test_two_processes_give_the_weights_of_one(tmp_path: Path, model_folder: str) -> None:
    """Five examples, in steps of four and of one, in rows of two: a process has rows of its own, or none."""
    how = settings(model_folder, recipe=RECIPE | {"dropout": 0.1, "max_tokens": 64})
    table = jobs("abc", n=5)
    two = train_adapters(tmp_path / "two", how, table, n_gpus=2)
    one = train_adapters(tmp_path / "one", how, table, n_gpus=1)
    assert two["status"].to_pylist() == ["trained"] * 3 and names_in(tmp_path / "two") == names_in(tmp_path / "one")
    for ours, theirs in zip(two["folder"].to_pylist(), one["folder"].to_pylist(), strict=True):
        expected = load_file(tmp_path / "one" / theirs / WEIGHTS)
        for name, weight in load_file(tmp_path / "two" / ours / WEIGHTS).items():
            torch.testing.assert_close(weight, expected[name], atol=1e-4, rtol=1e-3)
    losses = [loss_curves(tmp_path / home, runs)["loss"].to_numpy() for home, runs in (("two", two), ("one", one))]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    assert not list((tmp_path / "two" / "adapters" / ".queue").iterdir())


def test_a_process_without_a_row_takes_part_with_a_gradient_of_zeros(tmp_path: Path) -> None:
    class Second(Accelerator):
        """The second of two processes, alone: sums are its own."""

        process_index, num_processes = 1, 2

    (ticket,) = queued(tmp_path, "a", n=4)
    work([ticket], base(), recipe(max_tokens=1024), 1, None, Second(cpu=True))
    assert all(weight.eq(0).all() for name, weight in load_file(ticket.folder / WEIGHTS).items() if "lora_B" in name)


def test_processes_that_fail_are_a_users_error_and_the_queue_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_folder: str
) -> None:
    class Failed:
        returncode = 1

    seen = []

    def run(command: list[str], **_: Any) -> Failed:
        seen.append([path.name for path in Path(command[-1]).iterdir()])
        return Failed()

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UserError, match="several GPUs failed"):
        train_adapters(tmp_path, settings(model_folder), jobs("a"), n_gpus=2)
    assert sorted(seen[0]) == ["jobs.parquet", "settings.json"]
    assert not list((tmp_path / "adapters" / ".queue").iterdir())
