"""The training loop: several adapters on one base, in one pass, and on after a kill as if there had been none."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from transformers import get_scheduler

from simpact.training.audit import answer_losses, side_by_side
from simpact.training.base import Base
from simpact.training.chat import Example
from simpact.training.hidden import labelled_losses
from simpact.training.lora import Adapters
from simpact.training.packing import first_learnt, rows_of
from simpact.training.recipe import Recipe
from simpact.whole import whole

SECONDS_BETWEEN_CHECKPOINTS = 120


class Course(NamedTuple):
    """What one adapter learns, and the examples that only its loss is looked at of."""

    name: str
    seed: int
    examples: list[Example]
    audited: list[Example]


class Step(NamedTuple):
    """One step of one adapter. The loss is nats per token with a label, before the step."""

    name: str
    step: int
    epoch: int
    loss: float
    learning_rate: float
    n_tokens: int
    seconds: float


@dataclass
class State:
    """How far a training is: all that a checkpoint holds besides weights and optimizer."""

    step: int = 0
    curve: list[Step] = field(default_factory=list)
    # By epoch, 0 being the base: summed answer losses in nats of each course's audited examples.
    audits: list[list[NDArray[np.float64]]] = field(default_factory=list)


def n_steps(n_examples: int, recipe: Recipe) -> int:
    """Steps of a training. Adapters with as many train in one pass."""
    return recipe.epochs * -(-n_examples // recipe.batch_size)


def train(
    base: Base,
    adapters: Adapters,
    courses: Sequence[Course],
    recipe: Recipe,
    checkpoint: Path,
    accelerator: Accelerator,
    on_step: Callable[[list[Step]], None],
) -> State:
    """Train the adapters, one per course, all of them with equally many steps; `on_step` hears of every step.

    A step takes `batch_size` examples of each course, packs them into rows of at most `max_tokens`, and sums gradients row by
    row; of several processes each takes its share of the rows. The gradient is that of the mean over all labelled tokens of the
    step, so packing changes its speed alone. What is random comes from the seeds and the step: after a kill the loop goes on
    from `checkpoint`, and ends with the same weights. Dropout is drawn for all adapters of a pass together, so with it an
    adapter depends a little on those beside it; without it only by rounding.
    """
    model = base.model
    adapters.start([course.seed for course in courses])
    optimizer = torch.optim.AdamW(adapters.parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    total = n_steps(len(courses[0].examples), recipe)
    schedule = "constant_with_warmup" if recipe.schedule == "constant" else recipe.schedule  # plain `constant` has none
    scheduler = get_scheduler(schedule, optimizer, recipe.warmup_steps, total)
    state = _resumed(checkpoint, adapters, optimizer, scheduler)
    if recipe.gradient_checkpointing:
        model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    if not state.audits:
        state.audits.append(_audit(model, courses, recipe))
    saved = time.monotonic()
    steps_per_epoch = total // recipe.epochs
    while state.step < total:
        epoch, turn = divmod(state.step, steps_per_epoch)
        batches = [_batch(course, epoch, turn, recipe.batch_size) for course in courses]
        began = time.perf_counter()
        losses, tokens = _backward(model, batches, recipe, accelerator, [course.seed for course in courses], state.step)
        for weight in adapters.parameters:
            # A process that had no row in this step has no gradient, and takes part in the sum all the same.
            weight.grad = accelerator.reduce(torch.zeros_like(weight) if weight.grad is None else weight.grad, "sum")
        adapters.clip(recipe.max_grad_norm)
        rate = scheduler.get_last_lr()[0]
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        seconds = (time.perf_counter() - began) / len(courses)
        state.step += 1
        steps = [
            Step(course.name, state.step, epoch + 1, loss, rate, n_tokens, seconds)
            for course, loss, n_tokens in zip(courses, losses, tokens, strict=True)
        ]
        state.curve += steps
        on_step(steps)
        if turn + 1 == steps_per_epoch:
            state.audits.append(_audit(model, courses, recipe))
        if turn + 1 == steps_per_epoch or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
            saved = time.monotonic()
            if accelerator.is_main_process:
                _save(checkpoint, adapters, optimizer, scheduler, state)
    if recipe.gradient_checkpointing:
        model.activation_checkpointing_disable()
    return state


def _batch(course: Course, epoch: int, turn: int, batch_size: int) -> list[Example]:
    order = np.random.default_rng([course.seed, epoch]).permutation(len(course.examples))
    return [course.examples[number] for number in order[turn * batch_size : (turn + 1) * batch_size]]


def _backward(
    model: Any, batches: list[list[Example]], recipe: Recipe, accelerator: Accelerator, seeds: list[int], step: int
) -> tuple[list[float], list[int]]:
    """Gradients of one step, on this process's rows. Mean loss and number of tokens by adapter, over all processes."""
    model.train()
    rows = [rows_of([len(example.ids) for example in batch], recipe.max_tokens) for batch in batches]
    n_labels = [sum(len(example.ids) - first_learnt(example, recipe.loss_on) for example in batch) for batch in batches]
    sums = torch.zeros(len(batches), dtype=torch.float64)
    turns = range(max(map(len, rows)))
    for turn in turns[accelerator.process_index :: accelerator.num_processes]:
        torch.manual_seed(np.random.SeedSequence([*seeds, step, turn]).generate_state(1)[0])  # dropout
        batch = side_by_side(batches, [their[turn : turn + 1] for their in rows], recipe.loss_on)
        losses, mask = labelled_losses(model, batch, recipe.loss, recipe.gamma)
        lines = torch.nonzero(mask)[:, 0]
        shares = 1 / torch.tensor(n_labels)[lines]
        (losses * shares.to(losses)).sum().backward()
        sums.index_add_(0, lines, losses.detach().double().cpu())
    sums = accelerator.reduce(sums.to(accelerator.device), "sum").cpu()
    n_tokens = [sum(len(example.ids) for example in batch) for batch in batches]
    return [total / n for total, n in zip(sums.tolist(), n_labels, strict=True)], n_tokens


def _audit(model: Any, courses: Sequence[Course], recipe: Recipe) -> list[NDArray[np.float64]]:
    return answer_losses(model, [course.audited for course in courses], recipe.max_tokens)


def _save(path: Path, adapters: Adapters, optimizer: Any, scheduler: Any, state: State) -> None:
    weights = [weight.detach() for weight in adapters.parameters]
    content = io.BytesIO()  # PyTorch's own writer says RuntimeError when the disk is full
    torch.save([weights, optimizer.state_dict(), scheduler.state_dict(), state], content)
    with whole(path) as beside:
        beside.write_bytes(content.getbuffer())


def courses_in(checkpoint: Path) -> set[str]:
    """Names of the courses that a checkpoint is of; none where there is no checkpoint."""
    return {step.name for step in _loaded(checkpoint)[-1].curve} if checkpoint.exists() else set()


def _loaded(checkpoint: Path) -> Any:
    return torch.load(checkpoint, map_location="cpu", weights_only=False)


def _resumed(path: Path, adapters: Adapters, optimizer: Any, scheduler: Any) -> State:
    if not path.exists():
        return State()
    weights, optimizer_state, scheduler_state, state = _loaded(path)
    with torch.no_grad():
        for weight, kept in zip(adapters.parameters, weights, strict=True):
            weight.copy_(kept)
    optimizer.load_state_dict(optimizer_state)
    scheduler.load_state_dict(scheduler_state)
    assert isinstance(state, State)
    return state
