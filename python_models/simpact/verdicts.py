"""What the gates of a warehouse say, with the coverage of its archive, as Markdown for a terminal or a pull request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simpact.errors import UserError
from simpact.home import open_private
from simpact.relations import rows_if_built

GATES = ("gate_intake", "gate_personas", "gate_release")  # nothing is released unless each is there and open
LATER = "gate_adapters"  # where the experiment was built

_COVERAGE = "select action_type, outcome, n_events from quality.coverage order by n_events desc, action_type, outcome"


def tell_gates(home: Path, say: Callable[[str], None]) -> None:
    """Give `say` the gates and the coverage, counts and reasons only. Raises UserError when a gate is closed or missing."""
    closed, lines = [], ["## Gates", "", "| gate | verdict | expectations | closed because |", "|---|---|---|---|"]
    with open_private(home) as warehouse:
        for gate in (*GATES, LATER):
            rows = rows_if_built(warehouse, f"select success, why from quality.{gate} order by why, suite")
            if not rows and gate == LATER:
                continue
            broken = list(dict.fromkeys(why for success, why in rows if not success))
            verdict = "closed" if broken else "open" if rows else "not reached"
            lines.append(f"| {gate} | {verdict} | {len(rows)} | {' '.join(broken)} |")
            if verdict != "open":
                closed.append(f"{gate} is {verdict}{': ' if broken else ''}{' '.join(broken)}")
        lines += ["", "## Coverage", "", "| action | outcome | lines |", "|---|---|---|"]
        lines += [f"| {action} | {outcome} | {n:,} |" for action, outcome, n in rows_if_built(warehouse, _COVERAGE)]
    say("\n".join(lines))
    if closed:
        raise UserError("; ".join(closed))
