"""What the gates of a warehouse say."""

from __future__ import annotations

from dataclasses import dataclass

from simpact.report.figures import Figures, Row

BEFORE_RELEASE = ("intake", "personas", "release")  # nothing is released unless each is there and open
GATES = (*BEFORE_RELEASE, "adapters")


@dataclass(frozen=True)
class Gate:
    """One gate: its expectations, of which there are none where no build has come so far."""

    short_name: str
    expectations: list[Row]

    @property
    def name(self) -> str:
        """As the table is called."""
        return f"gate_{self.short_name}"

    @property
    def unmet(self) -> list[Row]:
        """What does not hold; an expectation that could not be judged does not."""
        return [row for row in self.expectations if row["success"] is not True]

    @property
    def state(self) -> str:
        """'open', 'closed' or 'not reached'."""
        return "closed" if self.unmet else "open" if self.expectations else "not reached"

    @property
    def note(self) -> str:
        """How many expectations hold."""
        n = len(self.expectations)
        return f"{n - len(self.unmet)} of {n} expectations hold" if n else ""


def gates_of(figures: Figures) -> list[Gate]:
    """All gates, in the order of a build."""
    return [Gate(gate, figures[f"gate_{gate}"] or []) for gate in GATES]
