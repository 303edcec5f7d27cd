"""Canaries among what adapters learn."""

from __future__ import annotations

import json

import pyarrow as pa

from simpact.memorisation.canaries import make_canaries
from simpact.training.job import JOBS, own_seed

PLANTED, ALTERNATIVE = "canary", "canary_alternative"


def with_canaries(jobs: pa.Table, n: int, seed: int) -> pa.Table:
    """JOBS with `n` canaries that every adapter learns, each its own, and as many alternatives that are only looked at.

    A canary is the answer of a post: its prompt is the system prompt, which all examples share, without a thread.
    """
    if not n:
        return jobs
    rows = []
    prompt = [{"role": "system", "content": str(jobs["prompt"][0].as_py()[0]["content"])}] if len(jobs) else []
    for adapter in sorted(jobs["adapter"].unique().to_pylist()):
        for canary in make_canaries(n, own_seed(seed, adapter)).to_pylist():
            role = PLANTED if canary["is_planted"] else ALTERNATIVE
            target = json.dumps({"action": "post", "text": canary["answer"]}, separators=(",", ":"), ensure_ascii=False)
            row = (adapter, role, canary["canary"], canary["is_planted"], True, prompt, target)
            rows.append(dict(zip(JOBS.names, row, strict=True)))
    return pa.concat_tables([jobs.cast(JOBS), pa.Table.from_pylist(rows, schema=JOBS)])


def opened(target: str) -> tuple[str, str]:
    """A canary's answer up to its digits, and the digits."""
    head, _, secret = target.removesuffix('"}').rpartition(" ")
    return f"{head} ", secret
