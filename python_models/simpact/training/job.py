"""What an adapter is to learn and to be looked at with, as it lies in the queue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from simpact.training.base import Base
from simpact.training.chat import tokenise
from simpact.training.recipe import Recipe
from simpact.training.trainer import Course

CHAT = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
# Grain: one row per adapter and example. Members, instructions and planted canaries are learnt; what is audited is looked at
# after every epoch. `turn` numbers the examples of a role.
JOBS = pa.schema(
    [
        ("adapter", pa.string()),
        ("role", pa.string()),
        ("turn", pa.int32()),
        ("is_learnt", pa.bool_()),
        ("is_audited", pa.bool_()),
        ("prompt", CHAT),
        ("target", pa.string()),
    ]
)


def own_seed(seed: int, adapter: str) -> int:
    """The seed of what this adapter alone has. It hangs on no other one: one more in the plan changes none that is trained."""
    return int.from_bytes(hashlib.sha256(f"{seed} {adapter}".encode()).digest()[:8])


@dataclass(frozen=True)
class Job:
    """One adapter: its rows of JOBS, ordered by role and turn."""

    adapter: str
    rows: list[dict[str, Any]]
    seed: int

    def sha256(self, base: Base, recipe: Recipe) -> str:
        """What decides the adapter: its examples, base, recipe and seed, and the code that trains."""
        digest = hashlib.sha256(json.dumps([base.sha256, recipe.text, self.seed, self.rows], sort_keys=True).encode())
        for source in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(source.read_bytes())
        return digest.hexdigest()

    @property
    def learnt(self) -> list[dict[str, Any]]:
        """The examples it trains on."""
        return [row for row in self.rows if row["is_learnt"]]

    @property
    def audited(self) -> list[dict[str, Any]]:
        """The examples whose loss is recorded."""
        return [row for row in self.rows if row["is_audited"]]

    def course(self, base: Base, recipe: Recipe) -> Course:
        """The job as tokens."""

        def tokens(rows: list[dict[str, Any]]) -> Any:
            chats, answers = [row["prompt"] for row in rows], [row["target"] for row in rows]
            return tokenise(base.tokenizer, chats, answers, recipe.max_tokens)

        return Course(self.adapter, self.seed, tokens(self.learnt), tokens(self.audited))


def jobs_of(table: pa.Table, seed: int) -> Iterator[Job]:
    """The jobs of a table of JOBS, in the order of their names."""
    table = table.sort_by([("adapter", "ascending"), ("role", "ascending"), ("turn", "ascending")])
    for adapter in table["adapter"].unique().to_pylist():
        rows = table.filter(pc.equal(table["adapter"], adapter)).drop_columns("adapter").to_pylist()
        yield Job(adapter, rows, seed)
