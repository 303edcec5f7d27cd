"""How fast adapters are trained, beside `transformers.Trainer` with peft: `make bench`, or `--device cpu` to leave a GPU alone.

Of the smoke model's shape four adapters are trained on the CPU with one thread: in one pass, one after the other, and with the
Trainer. With a GPU one adapter is trained on the shape of Qwen2.5-7B: by our trainer with the recipe `current`, and by the
Trainer as the paper sets it up. Weights are random, for speed does not depend on them. Every way has a process of its own, so
that its peak memory, by the operating system's count, is its own.

Lengths of the examples are drawn. Characters of a text follow the English posts of an hour of Bluesky (24 March 2025: tenths,
quarters and median, limit 300), four to a token. As in the paper's public outputs 67.5 % of the threads are a post without
context, and 5 % of the other answers carry text. A context goes on with a chance of one half, as half of all replies answer no
root, up to ten messages with the answer.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
import yaml

from simpact.generation.batches import left_padded
from simpact.training.chat import Example
from simpact.training.packing import IGNORED, first_learnt
from simpact.training.recipe import Recipe
from simpact.training.smoke import SHAPE as SMOKE

ROOT = Path(__file__).parents[1]
VARS = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
QWEN_7B = {
    "vocab_size": 152_064,
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "max_position_embeddings": 32_768,
    "tie_word_embeddings": False,
}
# Dense bf16 operations per second, by the makers' data sheets; names as CUDA tells them, those of the SXM cards.
PEAKS = {"NVIDIA H100 80GB HBM3": 989e12, "NVIDIA H200": 989e12, "NVIDIA A100-SXM": 312e12}

SHARES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1]  # of posts, and how many characters these have at most
CHARACTERS = [1, 10, 28, 70, 153, 259, 289, 300]
CHARACTERS_PER_TOKEN = 4
SYSTEM_TOKENS = 85  # the system prompt with what the template puts around it; the smoke model's template has none
MESSAGE_TOKENS, ANSWER_TOKENS = 12, 9  # of the template, the speaker and the gap; of JSON and the turn's end
WITHOUT_CONTEXT, WITH_TEXT, GOES_ON, MOST_MESSAGES = 0.675, 0.05, 0.5, 10

AT_ONCE, STEPS, ROUNDS = 4, 30, 3


class Setup(NamedTuple):
    """A way to train, and what."""

    trainer: str  # ours or plain
    shape: dict[str, Any]
    device: str
    recipe: Recipe
    adapters: int
    at_once: int  # adapters in one pass
    rows: int  # examples that the plain trainer pads to one length
    steps: int


class Spent(NamedTuple):
    """What the steps of all adapters took, but for the first of every pass, which warms up."""

    tokens: float  # without padding
    operations: float  # 4 for every weight and token: forward, and back to the adapters; the frozen base has no gradient
    repeated: float  # 2 more, where gradient checkpointing computes the forward pass again
    wall_s: float
    cpu_s: float
    ram_gib: float
    gpu_gib: float


def examples(n: int, system_tokens: int, max_tokens: int, vocabulary: int, seed: int) -> list[Example]:
    """Random tokens in the lengths that the text at the top describes."""
    rng = np.random.default_rng(seed)

    def text_tokens(size: int) -> int:
        return int(np.ceil(np.interp(rng.random(size), SHARES, CHARACTERS) / CHARACTERS_PER_TOKEN).sum())

    made = []
    for _ in range(n):
        context = 0 if rng.random() < WITHOUT_CONTEXT else min(int(rng.geometric(GOES_ON)), MOST_MESSAGES - 1)
        prompt = system_tokens + MESSAGE_TOKENS * context + text_tokens(context) + 3
        answer = ANSWER_TOKENS + (text_tokens(1) if not context or rng.random() < WITH_TEXT else 0)
        prompt = min(prompt, max_tokens - answer)
        made.append(Example(rng.integers(0, vocabulary, prompt + answer).tolist(), prompt))
    return made


class Clock:
    """The moment of every step's end."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.moments: list[tuple[float, float]] = []

    def tick(self, _: int) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()
        self.moments.append((time.perf_counter(), time.process_time()))


def random_model(shape: dict[str, Any], device: str) -> Any:
    """A model of this shape, made where it is used: in bf16 on a GPU, as `load_base` has it."""
    from transformers import AutoModelForCausalLM, Qwen2Config

    torch.manual_seed(0)
    with torch.device(device):
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        return AutoModelForCausalLM.from_config(Qwen2Config(**shape), dtype=dtype)


def train_ours(model: Any, courses: list[list[Example]], setup: Setup, clock: Clock) -> None:
    from accelerate import Accelerator

    from simpact.training.base import Base
    from simpact.training.lora import adapters_in
    from simpact.training.trainer import Course, train

    base = Base("random", model, None, "", True)
    named = [Course(str(number), number, course, []) for number, course in enumerate(courses)]
    accelerator = Accelerator(cpu=setup.device == "cpu")
    with tempfile.TemporaryDirectory() as folder, adapters_in(model, len(courses), setup.recipe, "random") as adapters:
        train(base, adapters, named, setup.recipe, Path(folder) / "checkpoint", accelerator, clock.tick)


def train_plain(model: Any, courses: list[list[Example]], setup: Setup, clock: Clock) -> None:
    """One adapter, rows padded on the left, logits of every token."""
    from peft import LoraConfig, get_peft_model
    from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

    class Ticks(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            clock.tick(state.global_step)

    recipe = setup.recipe

    def padded(rows: list[Example]) -> dict[str, torch.Tensor]:
        ids, mask = left_padded([row.ids for row in rows], torch.device("cpu"))
        labels = torch.where(mask, ids, IGNORED)
        for line, row in enumerate(rows):
            labels[line, : ids.shape[1] - len(row.ids) + first_learnt(row, recipe.loss_on)] = IGNORED
        return {"input_ids": ids, "attention_mask": mask.long(), "labels": labels}

    modules = recipe.target_modules
    lora = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(model, lora)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            per_device_train_batch_size=setup.rows,
            gradient_accumulation_steps=recipe.batch_size // setup.rows,
            num_train_epochs=recipe.epochs,
            learning_rate=recipe.learning_rate,
            lr_scheduler_type=recipe.schedule,
            warmup_steps=recipe.warmup_steps,
            max_grad_norm=recipe.max_grad_norm,
            activation_checkpointing=recipe.gradient_checkpointing,
            activation_checkpointing_kwargs={"use_reentrant": False},
            bf16=setup.device == "cuda",  # the paper's fp16 would cast the bf16 weights at every product
            use_cpu=setup.device == "cpu",
            dataloader_pin_memory=setup.device == "cuda",
            remove_unused_columns=False,
            logging_strategy="no",
            save_strategy="no",
            disable_tqdm=True,
        )
        trainer = Trainer(adapted, arguments, data_collator=padded, train_dataset=courses[0], callbacks=[Ticks()])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    adapted.unload()


def spent(setup: Setup) -> Spent:
    """Train, in a process of its own."""
    warnings.simplefilter("ignore", FutureWarning)  # of names that transformers will drop and peft still uses
    if setup.device == "cpu":
        torch.set_num_threads(1)
    shape, recipe = setup.shape, setup.recipe
    system_tokens = 0 if shape == SMOKE else SYSTEM_TOKENS
    courses = [
        examples(setup.steps * recipe.batch_size, system_tokens, recipe.max_tokens, shape["vocab_size"], number)
        for number in range(setup.adapters)
    ]
    model = random_model(shape, setup.device)
    body = sum(module.weight.numel() for module in model.base_model.modules() if isinstance(module, torch.nn.Linear))
    head = model.get_output_embeddings().weight.numel()
    train = train_ours if setup.trainer == "ours" else train_plain
    wall_s = cpu_s = 0.0
    for first in range(0, setup.adapters, setup.at_once):
        clock = Clock(setup.device)
        train(model, courses[first : first + setup.at_once], setup, clock)
        assert len(clock.moments) == setup.steps
        wall_s += clock.moments[-1][0] - clock.moments[0][0]
        cpu_s += clock.moments[-1][1] - clock.moments[0][1]
    share = (setup.steps - 1) / setup.steps
    all_examples = [example for course in courses for example in course]
    tokens = share * sum(len(example.ids) for example in all_examples)
    labels = share * sum(len(example.ids) - first_learnt(example, recipe.loss_on) for example in all_examples)
    return Spent(
        tokens,
        4 * (body * tokens + head * labels),
        2 * body * tokens if recipe.gradient_checkpointing else 0,
        wall_s,
        cpu_s,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        torch.cuda.max_memory_allocated() / 2**30 if setup.device == "cuda" else 0,
    )


def alone(setup: Setup) -> Spent:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(spent, setup).result()


def bench_smoke(batch_size: int) -> None:
    changes = VARS["settings"]["local"]["recipe_changes"] | {"batch_size": batch_size, "epochs": 1}
    recipe = Recipe.of(VARS["recipes"]["current"], changes)
    ways = {
        "in one pass": Setup("ours", SMOKE, "cpu", recipe, AT_ONCE, AT_ONCE, 0, STEPS),
        "one after the other": Setup("ours", SMOKE, "cpu", recipe, AT_ONCE, 1, 0, STEPS),
        "plain Trainer": Setup("plain", SMOKE, "cpu", recipe, AT_ONCE, 1, batch_size, STEPS),
    }
    rounds = [{way: alone(setup) for way, setup in ways.items()} for _ in range(ROUNDS)]
    step_tokens = rounds[0]["in one pass"].tokens / AT_ONCE / (STEPS - 1)
    print(f"smoke model, {AT_ONCE} adapters, batch {batch_size}, {step_tokens:.0f} tokens a step of each; medians of {ROUNDS}")
    for way in ways:
        of_way = [found[way] for found in rounds]
        cpu = median(found[way].cpu_s / found["in one pass"].cpu_s for found in rounds)
        wall = median(found[way].wall_s / found["in one pass"].wall_s for found in rounds)
        speed = median(found.tokens / found.cpu_s for found in of_way)
        peak = max(found.ram_gib for found in of_way)
        print(
            f"  {way:<20}{speed:>8,.0f} tokens per CPU second; CPU {cpu:.2f}x, wall {wall:.2f}x; peak {peak:.2f} GiB",
            flush=True,
        )


def bench_7b(shape: dict[str, Any], device: str, steps: int) -> None:
    """Ours beside the paper's way on one shape."""
    ours = Recipe.of(VARS["recipes"]["current"], {"epochs": 1})
    papers = Recipe.of(VARS["recipes"]["paper"], {"epochs": 1})
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    peak = next((peak for known, peak in PEAKS.items() if name.startswith(known)), None)
    print(f"{shape['hidden_size']} x {shape['num_hidden_layers']} on {name}: {steps} steps of {ours.batch_size} examples")
    found = {
        "ours, current": alone(Setup("ours", shape, device, ours, 1, 1, 0, steps)),
        "the paper's way": alone(Setup("plain", shape, device, papers, 1, 1, 2, steps)),
    }
    for way, of_way in found.items():
        line = f"  {way:<20}{of_way.tokens / of_way.wall_s:>8,.0f} tokens/s; "
        if peak:
            share, with_repeated = (n / of_way.wall_s / peak for n in (of_way.operations, of_way.operations + of_way.repeated))
            line += f"{share:.1%} of the peak, {with_repeated:.1%} with what is computed twice; "
        else:
            line += f"{of_way.operations / of_way.wall_s / 1e12:.3g} Tflop/s, of an unknown peak; "
        print(line + f"peak {of_way.gpu_gib:.1f} GiB on the GPU, {of_way.ram_gib:.1f} GiB beside it", flush=True)
    speeds = [of_way.tokens / of_way.wall_s for of_way in found.values()]
    print(f"  {speeds[0] / speeds[1]:.2f}x; the goal is 2x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda" if torch.cuda.is_available() else "cpu")
    device = parser.parse_args().device
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]  # the Trainer would take all
    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores; torch {torch.__version__}")
    for batch_size in (4, 16):
        bench_smoke(batch_size)
    if device == "cuda":
        bench_7b(QWEN_7B, device, 20)
    else:
        print("Qwen2.5-7B: left out, for there is no GPU or `--device cpu` was given.")
