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
        """From JSON with these keys, `recipes` and `recipe_changes`.

        Raises UserError when they make no recipe, and for any other value that makes no sense.
        """
        values = json.loads(text)
        recipes, name = values.pop("recipes"), values["recipe"]
        if name not in recipes:
            raise UserError(f"Setting recipe is '{name}': give one of {', '.join(sorted(recipes))}.")
        recipe = Recipe.of(recipes[name], values.pop("recipe_changes"))
        settings = cls(**{**values, "recipe": json.loads(recipe.text)})
        for name, makes_sense, advice in (
            ("instruction_share", 0 <= settings.instruction_share < 1, "a number from 0 on, below 1"),
            ("canaries", settings.canaries >= 0, "a whole number from 0 on"),
            ("adapters_at_once", settings.adapters_at_once >= 1, "a whole number from 1 on"),
            ("training_hours", settings.training_hours is None or settings.training_hours >= 0, "null, or a number from 0 on"),
            ("report_to", isinstance(settings.report_to, list), "a list, such as [tensorboard]"),
        ):
            if not makes_sense:
                raise UserError(f"Setting {name} is '{getattr(settings, name)}': give {advice}.")
        return settings

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))
