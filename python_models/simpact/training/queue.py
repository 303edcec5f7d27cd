"""The queue of adapters: what is trained stays, what is not is trained, and a kill in between costs two minutes."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from accelerate import Accelerator
from numpy.typing import NDArray

from simpact.errors import UserError
from simpact.progress import progress
from simpact.training.base import Base
from simpact.training.card import model_card
from simpact.training.folders import AUDIT, CHECKPOINT, CURVE, FOLDER, RUN, WEIGHTS
from simpact.training.job import Job
from simpact.training.lora import Adapters, adapters_in
from simpact.training.recipe import Recipe
from simpact.training.trainer import Course, State, Step, courses_in, n_steps, train
from simpact.whole import whole


@dataclass(frozen=True)
class Ticket:
    """A job in the queue: the folder that its adapter has, or will have."""

    job: Job
    sha256: str
    folder: Path

    @property
    def is_done(self) -> bool:
        """Is the adapter trained? A folder takes its name when it is whole."""
        return self.folder.exists()


def tickets(jobs: Sequence[Job], base: Base, recipe: Recipe, home: Path) -> list[Ticket]:
    """The jobs with their folders. An adapter of other examples, base, recipe, seed or code has another folder."""
    marked = [(job, job.sha256(base, recipe)) for job in jobs]
    return [Ticket(job, sha256, home / FOLDER / f"{job.adapter}-{sha256[:12]}") for job, sha256 in marked]


def work(
    queue: Sequence[Ticket],
    base: Base,
    recipe: Recipe,
    at_once: int,
    hours: float | None,
    accelerator: Accelerator,
) -> None:
    """Train what is not trained, `at_once` adapters with equally many steps in one pass.

    With `hours` no training begins after so long. Raises UserError when the disk is full: what was done so far stays done.
    """
    if not queue:
        return
    folder = queue[0].folder.parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # the losses beside the weights tell who was learnt
    began = time.monotonic()
    passes = [group for group in _passes(queue, recipe, at_once) if not all(ticket.is_done for ticket in group)]
    if accelerator.is_main_process:
        for path in set(folder.glob(f"*{CHECKPOINT}")) - {_checkpoint(group) for group in passes}:
            path.unlink()  # of a training that nobody asks for any more: it holds what it learnt
    n = sum(n_steps(len(group[0].job.learnt), recipe) for group in passes)
    is_quiet = not (n and accelerator.is_main_process)
    done = 0
    with progress(n, "Training adapters", "step", is_quiet) as bar:
        for group in passes:
            if _is_over(began, hours, accelerator):
                break
            try:
                _train_pass(group, base, recipe, accelerator, bar, done)
            except OSError as error:
                raise UserError(
                    f"Training stopped: {error.strerror or error}. The adapters trained so far are kept; build again."
                ) from error
            done += n_steps(len(group[0].job.learnt), recipe)


def _is_over(began: float, hours: float | None, accelerator: Accelerator) -> bool:
    """Is the time over? The main process says it for all: one that stopped alone would leave the others waiting."""
    is_over = hours is not None and time.monotonic() - began > hours * 3600 and accelerator.is_main_process
    return bool(accelerator.reduce(torch.tensor(float(is_over), device=accelerator.device), "sum"))


def _passes(queue: Sequence[Ticket], recipe: Recipe, at_once: int) -> Iterator[list[Ticket]]:
    """All jobs in groups that train together. They do not depend on what is done, so that a rerun finds its checkpoint."""
    by_steps: dict[int, list[Ticket]] = {}
    for ticket in queue:
        by_steps.setdefault(n_steps(len(ticket.job.learnt), recipe), []).append(ticket)
    for alike in by_steps.values():
        yield from (alike[first : first + at_once] for first in range(0, len(alike), at_once))


def _checkpoint(group: Sequence[Ticket]) -> Path:
    name = hashlib.sha256("".join(ticket.sha256 for ticket in group).encode()).hexdigest()[:12]
    return group[0].folder.parent / f"{name}{CHECKPOINT}"


def _train_pass(group: list[Ticket], base: Base, recipe: Recipe, accelerator: Accelerator, bar: Any, done: int) -> None:
    checkpoint = _checkpoint(group)
    started = courses_in(checkpoint)  # of a pass that was killed, maybe between two folders
    group = [ticket for ticket in group if (ticket.job.adapter in started if started else not ticket.is_done)]
    courses = [ticket.job.course(base, recipe) for ticket in group]
    with base.threads(), adapters_in(base.model, len(group), recipe, base.name) as adapters:
        bar.set_postfix_str(", ".join(course.name for course in courses), refresh=False)

        def on_step(steps: list[Step]) -> None:
            bar.update(done + steps[0].step - bar.n)
            for step in steps:
                shown = {f"{step.name}/loss": step.loss, f"{step.name}/learning_rate": step.learning_rate}
                accelerator.log(shown, step=done + step.step)  # over all passes: trackers want no step twice

        state = train(base, adapters, courses, recipe, checkpoint, accelerator, on_step)
        if accelerator.is_main_process:
            for number, ticket in enumerate(group):
                if not ticket.is_done:
                    _keep(ticket, number, courses[number], adapters, state, base, recipe)
    accelerator.wait_for_everyone()
    checkpoint.unlink(missing_ok=True)


def _keep(ticket: Ticket, number: int, course: Course, adapters: Adapters, state: State, base: Base, recipe: Recipe) -> None:
    """Write the adapter's folder, whole or not at all."""
    curve = [step for step in state.curve if step.name == ticket.job.adapter]
    seconds = sum(step.seconds for step in curve)
    with whole(ticket.folder) as beside:
        beside.mkdir()
        adapters.save(number, beside)
        run = {
            "adapter": ticket.job.adapter,
            "base_model": base.name,
            "is_smoke": base.is_smoke,
            "base_sha256": base.sha256,
            "recipe": json.loads(recipe.text),
            "seed": ticket.job.seed,
            "n_examples": len(ticket.job.learnt),
            "n_steps": len(curve),
            "seconds": seconds,
            "tokens_per_second": sum(step.n_tokens for step in curve) / seconds,
            "training_sha256": ticket.sha256,
            "weights_sha256": hashlib.sha256((beside / WEIGHTS).read_bytes()).hexdigest(),
        }
        (beside / RUN).write_text(json.dumps(run, indent=2, sort_keys=True) + "\n")
        (beside / "README.md").write_text(model_card(run))
        columns = ("step", "epoch", "loss", "learning_rate", "n_tokens", "seconds")
        pq.write_table(pa.table({name: [getattr(step, name) for step in curve] for name in columns}), beside / CURVE)
        pq.write_table(_audit_rows(ticket.job, course, [audits[number] for audits in state.audits]), beside / AUDIT)


def _audit_rows(job: Job, course: Course, audits: list[NDArray[np.float64]]) -> pa.Table:
    rows = job.audited
    n_tokens = [len(example.ids) - example.n_prompt for example in course.audited]
    return pa.concat_tables(
        pa.table(
            {
                "epoch": pa.array([epoch] * len(rows), pa.int32()),
                "role": pa.array([row["role"] for row in rows], pa.string()),
                "turn": pa.array([row["turn"] for row in rows], pa.int32()),
                "nats": nats,
                "n_tokens": pa.array(n_tokens, pa.int32()),
            }
        )
        for epoch, nats in enumerate(audits)
    )
