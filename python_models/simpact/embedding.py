"""Turn texts into unit vectors, in a stream."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simpact.errors import UserError
from simpact.extras import needs_torch
from simpact.progress import progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Pool: TypeAlias = "dict[Literal['input', 'output', 'processes'], Any]"

EMBEDDINGS = pa.schema([("text_hash", pa.string()), ("model", pa.string()), ("embedding", pa.list_(pa.float32()))])
BATCH_SIZES = {"cpu": 32, "cuda": 512, "mps": 128}


class EmbedderSettings(NamedTuple):
    """What decides the vector of a text. `None` leaves a choice to the model's own configuration."""

    model: str  # an id on the Hugging Face hub, a folder, or a package that holds the weights
    pooling: str | None = None  # mean, cls, max, …
    prefix: str = ""  # set before every text, such as "query: "
    max_tokens: int | None = None
    weights_sha256: str | None = None  # of model.safetensors: another file stops the build

    @classmethod
    def of(cls, text: str) -> EmbedderSettings:
        """From the JSON of an entry of `embedders` in dbt_project.yml. Raises UserError when it names an unknown key."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise UserError(f"Setting embedders: {text} has a key that no embedder has ({error}).") from None


class Embedder:
    """A sentence-transformers model on what the machine has: GPUs with bf16, or the CPU, with bf16 where it computes in it."""

    def __init__(self, settings: EmbedderSettings) -> None:
        """Load the model. Raises UserError when it cannot be had or is not the one that the settings name."""
        self.settings = settings
        self.model = _load(settings.model)
        if settings.weights_sha256:
            _check_weights(settings)
        if settings.max_tokens:
            self.model.max_seq_length = settings.max_tokens
        if settings.pooling:
            self.model[1].pooling_mode = settings.pooling  # type: ignore[assignment]
        self.device = self.model.device.type
        self.batch_size = BATCH_SIZES.get(self.device, 32)

    @property
    def batch_rows(self) -> int:
        """How many texts to hand over at a time."""
        return 128 * self.batch_size

    def stream(self, texts: Iterable[pa.RecordBatch], total: int) -> Iterator[pa.RecordBatch]:
        """Batches of EMBEDDINGS for batches of (text_hash, text, model); `total` is for the progress bar.

        Only the batch in hand is in memory. Texts of like length should come together.
        """
        pool = self._pool()
        try:
            with progress(total, "Embedding texts", "text") as bar:
                for batch in texts:
                    vectors = self.encode(batch["text"].to_pylist(), pool, bar.update)
                    starts = np.arange(len(vectors) + 1, dtype=np.int32) * vectors.shape[1]
                    embedding = pa.ListArray.from_arrays(pa.array(starts), pa.array(vectors.ravel()))
                    yield pa.RecordBatch.from_arrays([batch["text_hash"], batch["model"], embedding], schema=EMBEDDINGS)
        finally:
            if pool:
                self.model.stop_multi_process_pool(pool)

    def encode(
        self, texts: Sequence[str], pool: Pool | None = None, done: Callable[[int], object] = lambda n: None
    ) -> NDArray[np.float32]:
        """Unit vectors (len(texts), dimensions). `done` hears how many texts a step has finished.

        Batches are of like numbers of tokens: by numbers of characters, a fifth of what is computed would be padding.
        """
        order = np.argsort(self._token_counts(texts), kind="stable")
        step = self.batch_rows if pool else self.batch_size
        found = []
        for start in range(0, len(texts), step):
            places = order[start : start + step]
            found.append(
                self.model.encode(
                    [texts[place] for place in places],
                    prompt=self.settings.prefix or None,
                    batch_size=self.batch_size,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                    pool=pool,
                )
            )
            done(len(places))
        vectors = np.concatenate(found).astype(np.float32)
        vectors[order] = vectors.copy()
        return vectors

    def _token_counts(self, texts: Sequence[str]) -> list[int]:
        tokens = self.model.tokenizer(list(texts), truncation=True, max_length=self.model.max_seq_length)
        return [len(ids) for ids in tokens["input_ids"]]

    def _pool(self) -> Pool | None:
        import torch

        if torch.cuda.device_count() < 2:
            return None
        return self.model.start_multi_process_pool()


def _load(name: str) -> SentenceTransformer:
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    with needs_torch("set grouping to behaviour, for which no text is embedded"):
        from transformers.utils import logging

        from simpact.mixed_precision import MixedPrecisionTransformer

    logging.disable_progress_bar()
    path = _local_path(name)
    try:
        return MixedPrecisionTransformer(path, local_files_only=True)
    except (OSError, ValueError) as error:
        if Path(path).is_dir():
            raise UserError(f"Setting embedder: the folder '{name}' holds no model that can be loaded ({error}).") from None
    try:
        _reach_hub()
        return MixedPrecisionTransformer(path)
    except (OSError, ValueError):
        raise UserError(
            f"Setting embedder: '{name}' is no folder and not in the Hugging Face cache, and the hub does not give it; where "
            f"there is network, run `hf download {name}`, or set embedder to a folder or to minilm, which needs no download."
        ) from None


def _reach_hub() -> None:
    """Raises OSError at once where there is no way to the hub; its own client tries for more than a minute."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise OSError("HF_HUB_OFFLINE is set")
    urllib.request.urlopen(constants.ENDPOINT, timeout=10).close()


def _local_path(name: str) -> str:
    """The folder inside a package that holds the weights of a model; any other name as it is."""
    if Path(name).is_dir():
        return name
    try:
        return str(importlib.import_module(name.replace("-", "_")).get_model_path())
    except (ImportError, AttributeError, TypeError, ValueError):
        return name


def _check_weights(settings: EmbedderSettings) -> None:
    from huggingface_hub import hf_hub_download

    path = Path(_local_path(settings.model))
    name = "model.safetensors"
    weights = path / name if path.is_dir() else Path(hf_hub_download(settings.model, name, local_files_only=True))
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != settings.weights_sha256:
        raise UserError(
            f"The weights of '{settings.model}' are not those that the settings pin: {weights} has SHA-256 {found}, "
            f"not {settings.weights_sha256}."
        )
