"""The model that adapters are trained on."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import torch

from simpact.errors import UserError
from simpact.training.smoke import SMOKE, make_smoke_model, one_thread


class Base(NamedTuple):
    """A causal language model with its tokenizer."""

    name: str  # what `base_model` says; of a folder its last part
    model: Any
    tokenizer: Any
    sha256: str  # of its files, or the commit of the hub they are from
    is_smoke: bool  # made by the build: it shows that the path runs, and nothing about people

    def threads(self) -> AbstractContextManager[None]:
        """As many threads as suit its size."""
        return one_thread() if self.is_smoke else nullcontext()


def load_base(name: str, home: Path, seed: int) -> Base:
    """The base model of a name: `smoke`, which is made once and kept in `home`, an id on the Hugging Face hub, or a folder.

    On a GPU its weights are bf16, else float32. Raises UserError when it cannot be had.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    is_smoke = name == SMOKE
    source = str(make_smoke_model(home, seed)) if is_smoke else name
    is_on_gpu = torch.cuda.is_available()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model: Any = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16 if is_on_gpu else torch.float32)
    except (OSError, ValueError) as error:
        raise UserError(f"Setting base_model: '{name}' cannot be loaded ({str(error).splitlines()[0]}).") from None
    if not tokenizer.chat_template:
        raise UserError(f"Setting base_model: '{name}' has no chat template; give an instruction-tuned model.")
    model = model.to("cuda" if is_on_gpu else "cpu").eval()
    commit = getattr(model.config, "_commit_hash", None)
    told = Path(name).name if Path(name).is_dir() else name  # a path of this machine is nobody's business
    return Base(told, model, tokenizer, commit or _folder_sha256(Path(source)), is_smoke)


def _folder_sha256(folder: Path) -> str:
    """Of weights in any format, and of the tokenizer and its template, which decide the tokens."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
