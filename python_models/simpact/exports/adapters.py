"""Adapters that may leave, as a folder that vLLM and peft load."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from simpact.errors import UserError
from simpact.exports.folder import replaced_folder
from simpact.exports.manifest import MANIFEST, WRITTEN_BY, sha256, write_checksums
from simpact.home import open_private
from simpact.relations import rows_if_built
from simpact.training.card import SMOKE_WORDS
from simpact.training.folders import RUN, WEIGHTS
from simpact.training.seen import is_stale

FILES = (WEIGHTS, "adapter_config.json", "README.md", RUN)
MAX_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # that vLLM takes: another one ends it before it starts
WITHSTOOD, UNTESTED = "withstood", "too few people to tell"

CATALOGUE = """
select
    adapter, kind, folder, base_model, is_smoke, (recipe ->> 'rank')::integer as rank, verdict, weights_sha256,
    folder in (
        select seen.folder
        from private.int_experiment__seen as seen
        inner join staging.stg_bluesky__withheld as withheld on seen.author_did = withheld.did
    ) as saw_withheld
from experiment.adapters where status in ('trained', 'stale') order by adapter
"""
ATTACKS = """
select measure, attacker_knows, n_targets, value, ci_low, ci_high, ceiling, verdict
from quality.adapter_attacks where folder = ? and is_gated order by measure
"""


def export_adapters(home: Path, out: Path, say: Callable[[str], None]) -> None:
    """Write to `out` a folder per adapter that its attacks leave free, with what they found, and a line that serves them all.

    An adapter is refused, and `say` hears why, when an attack succeeded, when somebody it saw was erased or is withheld since,
    or when its weights are not those that were attacked; and if it learnt a random group: with the personas of the release it
    would cut people finer than k. Raises UserError when none is left or there are none.
    """
    with open_private(home) as warehouse:
        names = ("adapter", "kind", "folder", "base_model", "is_smoke", "rank", "verdict", "weights_sha256", "saw_withheld")
        catalogue = [dict(zip(names, row, strict=True)) for row in rows_if_built(warehouse, CATALOGUE)]
        if not catalogue:
            raise UserError("No adapter is trained: run dbt build first.")
        refused = {adapter["adapter"]: why for adapter in catalogue if (why := _why_not(home, adapter))}
        for name, why in refused.items():
            say(f"{name} stays: {why}")
        leaving = [adapter for adapter in catalogue if adapter["adapter"] not in refused]
        if not leaving:
            raise UserError("No adapter may leave. quality.adapter_attacks tells why.")
        with replaced_folder(out) as folder:
            for adapter in leaving:
                _write(home, adapter, folder, warehouse)
                say(f"{adapter['adapter']} leaves: {adapter['verdict']}")
            (folder / "README.md").write_text(_words(leaving))
            (folder / MANIFEST).write_text(json.dumps({"written_by": WRITTEN_BY, "adapters": leaving}, indent=2) + "\n")
            write_checksums(folder)
    say(f"{len(leaving)} adapters are in {out}.")


def _why_not(home: Path, adapter: dict[str, Any]) -> str | None:
    folder = home / adapter["folder"]
    if not folder.exists():
        return "its folder is gone"
    if adapter["kind"] == "random":
        return "it is a control of the experiment, and its group is none that the release tells"
    if is_stale(folder):
        return "it learnt from somebody who was erased since"
    if adapter["saw_withheld"]:
        return "it learnt from somebody who is withheld since: build the experiment again"
    if sha256(folder / WEIGHTS) != adapter["weights_sha256"]:
        return "its weights are not those that were attacked"
    if adapter["verdict"] not in (WITHSTOOD, UNTESTED):
        return "an attack tells who trained it" if adapter["verdict"] else "it was not attacked"
    return None


def _write(home: Path, adapter: dict[str, Any], out: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    folder = out / adapter["adapter"]
    folder.mkdir()
    for name in FILES:
        shutil.copyfile(home / adapter["folder"] / name, folder / name)
    rows = warehouse.execute(ATTACKS, [adapter["folder"]]).fetchall()
    with (folder / "README.md").open("a") as card:
        card.write("\n## What attacks on it found\n\n| measure | targets | value | 95 % interval | ceiling | verdict |\n")
        card.write("|---|---|---|---|---|---|\n")
        for measure, _, n, value, low, high, ceiling, verdict in rows:
            interval = f"{low:.3f} to {high:.3f}" if low is not None else ""
            card.write(f"| {measure} | {n:,} | {_number(value)} | {interval} | {_number(ceiling)} | {verdict} |\n")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def serving_line(adapters: list[dict[str, Any]]) -> str:
    """The command by which vLLM serves adapters of one base, each under its name, where their folders lie."""
    base, rank = shlex.quote(adapters[0]["base_model"]), max(adapter["rank"] for adapter in adapters)
    max_rank = next((taken for taken in MAX_RANKS if taken >= rank), rank)
    modules = " ".join(f"{adapter['adapter']}={adapter['adapter']}" for adapter in adapters)
    return f"vllm serve {base} --enable-lora --max-loras {len(adapters)} --max-lora-rank {max_rank} --lora-modules {modules}"


def _words(adapters: list[dict[str, Any]]) -> str:
    smoke = SMOKE_WORDS if adapters[0]["is_smoke"] else ""
    return f"""# Adapters of a simpact build
{smoke}
Each folder is a LoRA adapter in peft's form, with what attacks on it found. vLLM serves them all, each under its name:

```
{serving_line(adapters)}
```
"""
