"""How an adapter is trained, as one value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from simpact.errors import UserError

CHOICES = {"schedule": ("linear", "cosine", "constant"), "loss": ("cross_entropy", "focal"), "loss_on": ("answer", "all")}
LEAST = {"rank": 1, "alpha": 1, "warmup_steps": 0, "epochs": 1, "batch_size": 1, "max_tokens": 64}
POSITIVE = ("learning_rate", "max_grad_norm")
FROM_ZERO = ("dropout", "gamma", "weight_decay")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights of an adapter besides its base, its examples and its seed."""

    rank: int
    alpha: int
    dropout: float
    target_modules: str | tuple[str, ...]  # "all-linear", or the names of linear layers
    learning_rate: float
    schedule: str  # linear or cosine, down to zero, or constant; after the warm-up
    warmup_steps: int
    epochs: int
    batch_size: int  # examples per step
    max_tokens: int  # of one example, and of one packed row; a longer prompt loses its beginning
    loss: str  # cross_entropy or focal
    gamma: float  # of the focal loss
    loss_on: str  # answer: the assistant's last turn with its end; all: every token, as the paper's code
    weight_decay: float
    max_grad_norm: float
    gradient_checkpointing: bool

    @classmethod
    def of(cls, values: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> Recipe:
        """From an entry of `recipes` in dbt_project.yml and single values in its place.

        Raises UserError, which names the value, when one is missing, unknown or makes no sense.
        """
        merged = {**values, **(changes or {})}
        known = {field.name for field in fields(cls)}
        for name in sorted(known ^ merged.keys()):
            raise UserError(f"A recipe has {'no' if name in known else 'an unknown'} value '{name}'.")
        if isinstance(merged["target_modules"], list):
            merged["target_modules"] = tuple(merged["target_modules"])
        for name, value in merged.items():
            if not _makes_sense(name, value):
                raise UserError(f"Value {name} of a recipe is '{value}': {_advice(name)}.")
        return cls(**merged)

    @property
    def text(self) -> str:
        """The values as JSON, always in the same order."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def flat(self) -> dict[str, Any]:
        """The values as trackers take them: numbers and texts."""
        return {name: value if isinstance(value, int | float | str) else str(value) for name, value in asdict(self).items()}


def _makes_sense(name: str, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in CHOICES:
        return value in CHOICES[name]
    if name in LEAST:
        return is_number and isinstance(value, int) and value >= LEAST[name]
    if name in POSITIVE:
        return is_number and value > 0
    if name in FROM_ZERO:
        return is_number and value >= 0 and (name != "dropout" or value < 1)
    if name == "gradient_checkpointing":
        return isinstance(value, bool)
    names = isinstance(value, tuple) and value and all(isinstance(layer, str) for layer in value)
    return value == "all-linear" or bool(names)


def _advice(name: str) -> str:
    if name in CHOICES:
        return f"give {' or '.join(CHOICES[name])}"
    if name in LEAST:
        return f"give a whole number from {LEAST[name]} on"
    if name in POSITIVE:
        return "give a number above 0"
    if name in FROM_ZERO:
        return "give a number from 0 on" + (", below 1" if name == "dropout" else "")
    return "give true or false" if name == "gradient_checkpointing" else "give all-linear, or a list of names of layers"
