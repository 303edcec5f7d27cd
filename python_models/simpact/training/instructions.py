"""Examples of plain instructions among the threads, so that an adapter does not forget how to follow them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from simpact.errors import UserError
from simpact.training.job import JOBS, own_seed

BUNDLED = "bundled"


def read_instructions(source: str, bundled: pa.Table) -> pa.Table:
    """(instruction, context, response) of a source: `bundled`, a file of JSON lines, or a data set on the Hugging Face hub.

    A data set is read from the file that has its name, as databricks/databricks-dolly-15k has it (CC BY-SA 3.0). Raises
    UserError when it cannot be had.
    """
    if source == BUNDLED:
        return bundled
    path = Path(source)
    try:
        if not path.is_file():
            from huggingface_hub import hf_hub_download

            path = Path(hf_hub_download(source, f"{source.rpartition('/')[2]}.jsonl", repo_type="dataset"))
        lines = duckdb.read_json(str(path), format="newline_delimited")
        return lines.project("instruction, context, response").to_arrow_table()
    except (OSError, ValueError, duckdb.Error) as error:
        raise UserError(f"Setting instructions: '{source}' cannot be read ({str(error).splitlines()[0]}).") from None


def with_instructions(jobs: pa.Table, instructions: pa.Table, share: float, seed: int) -> pa.Table:
    """JOBS with instructions, `share` of what every adapter then learns; where they are few, the same ones more than once."""
    if not share or not len(instructions):
        return jobs
    asked = [[row["instruction"], row["context"]] for row in instructions.to_pylist()]
    chats = [[{"role": "user", "content": "\n\n".join(part for part in parts if part)}] for parts in asked]
    responses = instructions["response"].to_pylist()
    learnt = jobs.filter(jobs["is_learnt"]).group_by("adapter").aggregate([("turn", "count")]).sort_by("adapter")
    parts = [jobs]
    for adapter, n in zip(*(column.to_pylist() for column in learnt.columns), strict=True):
        wanted = round(n * share / (1 - share))
        times = -(-wanted // len(chats))
        generator = np.random.default_rng(own_seed(seed, adapter))
        drawn = np.concatenate([generator.permutation(len(chats)) for _ in range(times)] or [np.array([], int)])[:wanted]
        rows = [
            (adapter, "instruction", turn, True, False, chats[which], responses[which])
            for turn, which in enumerate(drawn.tolist(), 1)
        ]
        parts.append(pa.Table.from_pylist([dict(zip(JOBS.names, row, strict=True)) for row in rows], schema=JOBS))
    return pa.concat_tables(parts)
