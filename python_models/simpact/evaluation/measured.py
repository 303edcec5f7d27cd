"""All figures as one table, with the models of a build."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simpact.embedding import Embedder
from simpact.evaluation.suite import COMPARISONS, SCORES, TELLS, score

REFERENCES = ("base", "persona", "unclustered", "context_prior", "rule")  # what models are compared with, where it is there

MEASURED = pa.unify_schemas([pa.schema([("kind", pa.string())]), SCORES, COMPARISONS, TELLS])


def measured(
    truths: pa.Table, predictions: pa.Table, training_texts: pa.Table, embedder: Embedder, seed: int, k: int
) -> pa.Table:
    """Rows of MEASURED: what `score` finds, the kind of row being score, comparison or tell."""
    if not len(truths):
        return MEASURED.empty_table()
    texts = training_texts["text"].to_pylist()

    def embed(those: Sequence[str]) -> NDArray[np.float32]:
        return embedder.encode(those)

    vectors = embed(texts) if texts else np.zeros((0, 1), np.float32)
    known = pa.table({"text": pa.array(texts, pa.string()), "embedding": pa.array(list(vectors), pa.list_(pa.float32()))})
    models = set(predictions["model"].unique().to_pylist())
    references = [name for name in REFERENCES if name in models]
    found = score(truths, predictions, known, embed, seed, references=references, k=k)
    parts = [
        table.add_column(0, "kind", pa.array([kind] * len(table), pa.string()))
        for kind, table in zip(("score", "comparison", "tell"), found, strict=True)
    ]
    return pa.concat_tables([MEASURED.empty_table(), *parts], promote_options="default")
