"""A tiny language model with a chat template, and trainings that last a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from accelerate import Accelerator
from transformers import Qwen2Config, Qwen2ForCausalLM

from simpact.sample.texts import english_posts
from simpact.training import smoke
from simpact.training.base import Base
from simpact.training.job import JOBS
from simpact.training.lora import Adapters, adapters_in
from simpact.training.recipe import Recipe
from simpact.training.trainer import Course, State, train

END = "<|im_end|>"
RECIPE: dict[str, Any] = {
    "rank": 4,
    "alpha": 8,
    "dropout": 0.0,
    "target_modules": "all-linear",
    "learning_rate": 0.01,
    "schedule": "linear",
    "warmup_steps": 0,
    "epochs": 2,
    "batch_size": 4,
    "max_tokens": 256,
    "loss": "cross_entropy",
    "gamma": 0.0,
    "loss_on": "answer",
    "weight_decay": 0.0,
    "max_grad_norm": 1.0,
    "gradient_checkpointing": False,
}


def recipe(**changes: Any) -> Recipe:
    return Recipe.of(RECIPE, changes)


@cache
def tokenizer() -> Any:
    return smoke._tokenizer(english_posts(1000, 0))


@cache
def base() -> Base:
    """Random weights, and embeddings so large that layers can tell any word to come: adapters do not change them."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer()),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        initializer_range=0.1,
        tie_word_embeddings=True,
    )
    model = Qwen2ForCausalLM(config).eval()
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(4)
    return Base("tiny", model, tokenizer(), "0" * 64, is_smoke=True)


def saved_base(folder: Path) -> str:
    """The same model as a folder, for another process."""
    tokenizer().save_pretrained(folder)
    base().model.save_pretrained(folder)
    return str(folder)


def answer(action: str, text: str | None = None) -> str:
    return json.dumps({"action": action} | ({} if text is None else {"text": text}), separators=(",", ":"))


def asked(*texts: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "Act."}, *({"role": "user", "content": text} for text in texts)]


def jobs(adapters: Sequence[str], n: int = 10) -> pa.Table:
    """Rows of JOBS: `n` members, the first three of them audited, and a control, of each adapter."""
    rows = []
    for adapter in adapters:
        for turn in range(1, n + 1):
            target = answer("post", f"{adapter} says {turn * 37 % 11}")
            rows.append((adapter, "member", turn, True, turn <= 3, asked(f"user_0: go on {turn}"), target))
        rows.append((adapter, "control", 1, False, True, asked("user_0: well"), answer("like")))
    return pa.Table.from_pylist([dict(zip(JOBS.names, row, strict=True)) for row in rows], schema=JOBS)


def trained(
    checkpoint: Path, courses: Sequence[Course], how: Recipe, then: Callable[[Adapters], Any] = lambda _: None
) -> tuple[list[torch.Tensor], State, Any]:
    """Weights after a training, its state, and what `then` finds while the adapters are in the model."""
    with adapters_in(base().model, len(courses), how, "tiny") as adapters:
        state = train(base(), adapters, courses, how, checkpoint, Accelerator(cpu=True), lambda _: None)
        return [weight.detach().clone() for weight in adapters.parameters], state, then(adapters)
