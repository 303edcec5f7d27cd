"""Works the queue in a folder: in this process, or in one per GPU, which `accelerate launch` starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from accelerate import Accelerator
from accelerate.tracking import get_available_trackers

from simpact.errors import UserError
from simpact.training.base import load_base
from simpact.training.folders import FOLDER, RUN
from simpact.training.job import JOBS, jobs_of
from simpact.training.queue import Ticket, tickets, work
from simpact.training.recipe import Recipe
from simpact.training.seen import is_stale
from simpact.training.settings import TrainingSettings

SETTINGS_FILE, JOBS_FILE = "settings.json", "jobs.parquet"
TRACKED = "trackers"  # what trackers write that keep files, such as tensorboard

RUNS = pa.schema(
    [
        ("adapter", pa.string()),
        ("status", pa.string()),  # trained; stale: it saw somebody who was erased since; or waiting
        ("folder", pa.string()),  # below SIMPACT_HOME
        ("base_model", pa.string()),
        ("is_smoke", pa.bool_()),
        ("recipe", pa.string()),
        ("n_examples", pa.int64()),
        ("n_steps", pa.int64()),
        ("seconds", pa.float64()),
        ("tokens_per_second", pa.float64()),
        ("training_sha256", pa.string()),
        ("weights_sha256", pa.string()),
    ]
)


def train_adapters(home: Path, settings: TrainingSettings, jobs: pa.Table, n_gpus: int | None = None) -> pa.Table:
    """Rows of RUNS: train what JOBS ask for and is not trained yet, with as many processes as there are GPUs.

    The queue lies in `home` while it is worked on, since it holds what people wrote, and goes when the work is done.
    """
    with _queued(home, settings, jobs) as folder:
        n_processes = torch.cuda.device_count() if n_gpus is None else n_gpus
        if n_processes > 1:
            launch(home, folder, n_processes)
        queue = run(home, folder, trains=n_processes <= 1)
    return pa.Table.from_pylist([_row(ticket, home) for ticket in queue], schema=RUNS)


def run(home: Path, folder: Path, trains: bool = True) -> list[Ticket]:
    """Work the queue in a folder, or only see how far it is."""
    settings = TrainingSettings(**json.loads((folder / SETTINGS_FILE).read_text()))
    recipe = Recipe.of(settings.recipe)
    jobs = list(jobs_of(pq.read_table(folder / JOBS_FILE), settings.seed))
    if not jobs:
        return []
    accelerator = _accelerator(home, settings.report_to)  # before the base: it says which GPU is this process's
    with accelerator.main_process_first():  # which makes the smoke model for all
        base = load_base(settings.base_model, home, settings.seed)
    queue = tickets(jobs, base, recipe, home)
    if trains:
        if settings.report_to:
            accelerator.init_trackers("simpact", config=recipe.flat)
        work(queue, base, recipe, settings.adapters_at_once, settings.training_hours, accelerator)
        accelerator.end_training()
    return queue


def launch(home: Path, folder: Path, n_processes: int) -> None:
    """Work the queue with several processes, one per GPU, or on the CPU where there is none."""
    where = "--multi_gpu" if torch.cuda.is_available() else "--cpu"
    accelerate = [sys.executable, "-m", "accelerate.commands.launch", where, f"--num_processes={n_processes}"]
    settings = ["--num_machines=1", "--main_process_port=0", "--mixed_precision=no", "--dynamo_backend=no"]
    command = [*accelerate, *settings, "-m", "simpact.training.worker", str(home), str(folder)]
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    if subprocess.run(command, env=os.environ | paths, check=False).returncode:
        raise UserError("Training on several GPUs failed: its own words stand above. What was trained before is kept.")


def _accelerator(home: Path, report_to: list[str]) -> Accelerator:
    known = sorted(str(tracker) for tracker in get_available_trackers())
    for name in report_to:
        if name not in known:
            raise UserError(f"Setting report_to: '{name}' is not installed; {', '.join(known) or 'no tracker'} is.")
    return Accelerator(cpu=not torch.cuda.is_available(), log_with=report_to or None, project_dir=home / TRACKED)


@contextmanager
def _queued(home: Path, settings: TrainingSettings, jobs: pa.Table) -> Iterator[Path]:
    folder = home / FOLDER / ".queue"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        (folder / SETTINGS_FILE).write_text(settings.text)
        pq.write_table(jobs.cast(JOBS), folder / JOBS_FILE)
        yield folder
    finally:
        for name in (SETTINGS_FILE, JOBS_FILE):
            (folder / name).unlink(missing_ok=True)


def _row(ticket: Ticket, home: Path) -> dict[str, Any]:
    if not ticket.is_done:
        return {"adapter": ticket.job.adapter, "status": "waiting", "training_sha256": ticket.sha256}
    run = json.loads((ticket.folder / RUN).read_text())
    told = {name: run[name] for name in RUNS.names if name in run}
    status = "stale" if is_stale(ticket.folder) else "trained"
    return {**told, "status": status, "folder": str(ticket.folder.relative_to(home)), "recipe": json.dumps(run["recipe"])}


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
