"""How fast posts are redacted, beside Presidio's engine with the same recognisers and no conditions: `make bench`.

Texts are the distinct posts of the bundled sample. Both speeds are of the same posts in the same run, and both find the same.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from presidio_analyzer import RecognizerResult

from simpact.compression import zstd
from simpact.redaction.redactor import Redactor

ROOT = Path(__file__).parents[1]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def posts() -> list[str]:
    """The distinct posts of the bundled sample, in order of the archive."""
    texts: dict[str, None] = {}
    for path in sorted(ROOT.glob("seeds/sample/archive/**/*.zst")):
        for line in zstd.decompress(path.read_bytes()).splitlines():
            if b'"app.bsky.feed.post"' in line and b'"text"' in line:
                with suppress(ValueError, AttributeError):  # the sample has lines that are none
                    text = json.loads(line)["commit"]["record"]["text"]
                    if isinstance(text, str) and text:
                        texts[text.encode(errors="replace").decode()] = None
    return list(texts)


def bench(texts: list[str]) -> None:
    redactor = Redactor()
    analyzer = redactor.analyzer
    redactor.redact("example.com", [], [])  # reads the public suffix list
    analyzer.engine.analyze(texts[0], "en")
    ours_s, redactions = timed(lambda: [redactor.redact(text, [], []) for text in texts])
    find_s, found = timed(lambda: [analyzer.find(text) for text in texts])
    plain_s, reference = timed(lambda: [analyzer.engine.analyze(text, "en") for text in texts])
    if [spans(results) for results in found] != [spans(results) for results in reference]:
        raise SystemExit("The findings are not those of the engine.")
    redacted = sum(bool(redaction.entities) for redaction in redactions)
    print(
        f"{len(texts):,} distinct posts, {redacted:,} with personal data: redacted {len(texts) / ours_s:,.0f}/s; found ", end=""
    )
    print(
        f"{len(texts) / find_s:,.0f}/s, by the plain engine {len(texts) / plain_s:,.0f}/s, {plain_s / find_s:.1f}x", flush=True
    )


def spans(results: list[RecognizerResult]) -> list[tuple[str, int, int, float]]:
    return sorted((result.entity_type, result.start, result.end, result.score) for result in results)


if __name__ == "__main__":
    print(f"{date.today()}, {platform.machine()}; presidio-analyzer {version('presidio-analyzer')}")
    bench(posts())
