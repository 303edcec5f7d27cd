"""What a node says about a training, as one value."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from simpact.errors import UserError
from simpact.training.recipe import Recipe


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of the same names in dbt_project.yml."""

    base_model: str
    recipe: dict[str, Any]
    instructions: str
    instruction_share: float
    canaries: int
    adapters_at_once: int
    training_hours: float | None
    report_to: list[str]
    seed: int

    @classmethod
    def of(cls, text: str) -> TrainingSettings:
        """From JSON with these keys, `recipes` and `recipe_changes`. Raises UserError when they make no recipe."""
        values = json.loads(text)
        recipes, name = values.pop("recipes"), values["recipe"]
        if name not in recipes:
            raise UserError(f"Setting recipe is '{name}': give one of {', '.join(sorted(recipes))}.")
        recipe = Recipe.of(recipes[name], values.pop("recipe_changes"))
        return cls(**{**values, "recipe": json.loads(recipe.text)})

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))
