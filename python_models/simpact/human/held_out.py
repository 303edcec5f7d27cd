"""A page of pairs from what models wrote to held-out prompts."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from simpact.errors import UserError
from simpact.home import open_private
from simpact.human.items import Chosen, choose_items
from simpact.human.page import write_page
from simpact.keys import Key, read_key
from simpact.redaction.redactor import Redactor

# Threads of held-out prompts whose real and whose generated action have words. No thread of them has ever trained.
ITEMS = """
with context as (
    select
        thread_id,
        list({'speaker': speaker, 'gap': gap, 'text': coalesce(message_text, '')} order by message_index)
            filter (not is_action) as context
    from release.messages
    group by thread_id
)
select
    generations.thread_id,
    generations.model,
    coalesce(map_values(examples.personas)[-1], 0)::integer as persona_id,
    coalesce(context.context, []) as context,
    examples.text as real_text,
    generations.text as generated_text
from experiment.generations as generations
inner join experiment.examples as examples on generations.thread_id = examples.thread_id
inner join context on generations.thread_id = context.thread_id
where examples.text is not null and generations.text is not null
order by all
"""


def write_evaluation(
    home: Path, out: Path, n: int, models: Sequence[str], contact: str, seed: int, say: Callable[[str], None]
) -> None:
    """Write the page and its key to `out`; `say` hears what was left out. With SIMPACT_KEY the same build gives the same page.

    Raises UserError when there are no generations, a model wrote none, or `out` holds the key of another page.
    """
    with open_private(home) as warehouse:
        try:
            items = warehouse.sql(ITEMS).to_arrow_table()
        except duckdb.CatalogException:
            raise UserError("No model has answered yet: run dbt build first.") from None
    known = sorted(items["model"].unique().to_pylist())
    if unknown := sorted(set(models) - set(known)):
        raise UserError(f"There are no texts by {', '.join(unknown)}, but by {', '.join(known) or 'nobody'}.")
    redactor = Redactor("off")
    chosen = choose_items(items, n, models, seed, lambda texts: [found > 0 for found in redactor.scan(texts)])
    key = read_key(os.environ, is_required=True) if os.environ.get("SIMPACT_KEY") else Key(secrets.token_bytes(32))
    write_page(chosen, key, out, contact)
    say(f"{_told(chosen)} The key is for you alone: raters must not have it.")


def _told(chosen: Chosen) -> str:
    n_checks = sum(chosen.items["is_check"].to_pylist())
    left = ", ".join(f"{n:,} {reason.replace('_', ' ')}" for reason, n in chosen.left_out._asdict().items() if n)
    return f"{len(chosen.items) - n_checks:,} pairs and {n_checks:,} attention checks." + (
        f" Left out: {left}." if left else ""
    )
