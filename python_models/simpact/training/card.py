"""The model card that lies beside an adapter's weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SMOKE_WORDS = """
> **A smoke model.** Its base was made by the build itself in some seconds. It shows that training runs, and nothing about
> people.
"""


def model_card(run: Mapping[str, Any]) -> str:
    """Markdown with the metadata that the Hugging Face hub reads, from what `training.json` holds."""
    recipe = run["recipe"]
    base = "" if run["is_smoke"] else f"base_model: {run['base_model']}\n"
    values = "\n".join(f"| {name} | {_shown(value)} |" for name, value in sorted(recipe.items()))
    return f"""---
{base}library_name: peft
pipeline_tag: text-generation
tags: [lora, persona, simpact]
---
# {run["adapter"]}
{SMOKE_WORDS if run["is_smoke"] else ""}
A LoRA adapter that acts as people of one group act on Bluesky: it reads a thread and answers with JSON, an action and maybe
a text. It learnt {run["n_examples"]:,} examples in {run["n_steps"]:,} steps, from a release whose cells hold at least k people
each. It speaks for a group and never for a person; what it says is made up.

Serve it with vLLM:

```
vllm serve {run["base_model"]} --enable-lora --max-lora-rank {recipe["rank"]} --lora-modules {run["adapter"]}=.
```

| recipe | |
|---|---|
{values}

Weights sha256 `{run["weights_sha256"]}`, training sha256 `{run["training_sha256"]}` (examples, base, recipe, seed and code).
"""


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
