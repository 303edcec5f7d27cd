"""Low-rank adapters (Hu et al. 2021), several beside one frozen base."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from safetensors.torch import save
from torch import nn

from simpact.errors import UserError
from simpact.training.recipe import Recipe


class StackedLora(nn.Module):
    """A frozen linear layer with several adapters: the rows of the input are as many equal blocks, block i for adapter i.

    One batched product serves them all: of the smoke model four adapters train 1.35 times as fast as one after the other when
    each has 215 tokens a step, and 1.27 times with 871 (one thread, benchmarks/README.md).
    """

    def __init__(self, linear: nn.Linear, n: int, recipe: Recipe) -> None:
        super().__init__()
        self.linear = linear
        self.scaling = recipe.alpha / recipe.rank
        self.dropout = nn.Dropout(recipe.dropout)
        device = linear.weight.device
        self.down = nn.Parameter(torch.zeros(n, linear.in_features, recipe.rank, device=device))
        self.up = nn.Parameter(torch.zeros(n, recipe.rank, linear.out_features, device=device))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Output [rows, tokens, out] with what the adapters add. Weights stay float32; products have the type of the input."""
        rows = self.dropout(x).reshape(len(self.down), -1, x.shape[-1])
        added = torch.bmm(torch.bmm(rows, self.down.to(x.dtype)), self.up.to(x.dtype))
        output: torch.Tensor = self.linear(x)
        return output + self.scaling * added.reshape(output.shape)


class Adapters:
    """The adapters of several trainings, and the layers they sit in."""

    def __init__(self, layers: dict[str, StackedLora], recipe: Recipe, base_name: str) -> None:
        self.layers, self.recipe, self.base_name = layers, recipe, base_name

    @property
    def parameters(self) -> list[nn.Parameter]:
        """All weights that are trained; the first axis is the adapter."""
        return [weight for layer in self.layers.values() for weight in (layer.down, layer.up)]

    def start(self, seeds: Sequence[int]) -> None:
        """First weights, as peft has them: Kaiming-uniform below, zero above, so that an adapter begins as its base."""
        for number, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(seed)
            for layer in self.layers.values():
                bound = 1 / math.sqrt(layer.linear.in_features)
                drawn = torch.empty(layer.down.shape[1:]).uniform_(-bound, bound, generator=generator)
                with torch.no_grad():
                    layer.down[number] = drawn.to(layer.down.device)

    def clip(self, max_norm: float) -> None:
        """Scale the gradient of every adapter whose norm is above `max_norm` down to it."""
        gradients = [weight.grad for weight in self.parameters if weight.grad is not None]
        norms = torch.stack([gradient.flatten(1).square().sum(1) for gradient in gradients]).sum(0).sqrt()
        scales = (max_norm / (norms + 1e-6)).clamp(max=1)
        for gradient in gradients:
            gradient.mul_(scales[:, None, None])

    def save(self, number: int, folder: Path) -> None:
        """One adapter in peft's files: adapter_config.json and adapter_model.safetensors, as vLLM serves them.

        Raises OSError when the disk is full, which the writers of safetensors do not.
        """
        recipe = self.recipe
        weights = {}
        for path, layer in self.layers.items():
            weights[f"base_model.model.{path}.lora_A.weight"] = layer.down[number].detach().T.contiguous().cpu()
            weights[f"base_model.model.{path}.lora_B.weight"] = layer.up[number].detach().T.contiguous().cpu()
        (folder / "adapter_model.safetensors").write_bytes(save(weights, metadata={"format": "pt"}))
        LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=sorted({path.rpartition(".")[2] for path in self.layers}),
            task_type="CAUSAL_LM",
            base_model_name_or_path=self.base_name,
            inference_mode=True,
        ).save_pretrained(str(folder))


@contextmanager
def adapters_in(model: Any, n: int, recipe: Recipe, base_name: str) -> Iterator[Adapters]:
    """`n` adapters in the layers that the recipe names; afterwards the model is as it was.

    Raises UserError when the model has no linear layer, or none of a name that the recipe gives.
    """
    output = model.get_output_embeddings()
    wanted = recipe.target_modules
    linears = {
        path: module
        for path, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and module is not output
        and (wanted == "all-linear" or path.rpartition(".")[2] in wanted)
    }
    absent = set() if wanted == "all-linear" else set(wanted) - {path.rpartition(".")[2] for path in linears}
    if absent or not linears:
        raise UserError(f"The base model has no linear layer {' or '.join(sorted(absent)) or 'at all'}.")
    was_training = model.training
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    model.requires_grad_(False)
    layers = {path: StackedLora(linear, n, recipe) for path, linear in linears.items()}
    try:
        for path, layer in layers.items():
            model.set_submodule(path, layer)
        yield Adapters(layers, recipe, base_name)
    finally:
        for path, linear in linears.items():
            model.set_submodule(path, linear)
        for weight in trained:
            weight.requires_grad_(True)
        model.train(was_training)
