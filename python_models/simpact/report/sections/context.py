"""How good the guess is of what a follow answers."""

from __future__ import annotations

from simpact.report.charts import intervals
from simpact.report.drawing import Pencil
from simpact.report.figures import Figures
from simpact.report.parts import Figure, Section, Table

TITLE = "Which post a follow answers"
WHO = ("latest post", "a post by lot")


def section(figures: Figures, pencil: Pencil) -> Section:
    """Agreement of the latest post with the one engaged with, beside a post by lot."""
    rows = figures["context_validity"]
    if rows is None:
        return Section("context", TITLE, missing="quality.context_validity is not built: run dbt build --selector threads.")
    if not rows:
        return Section("context", TITLE, missing="Too few people followed someone whom they had just engaged with.")
    drawn = []
    for row in rows:
        rate = "any rate" if row["posts_per_day"] == "all" else f"{row['posts_per_day']} a day"
        of = f"{row['action_type']}, {rate}"
        at, low, high, chance = (row[name] for name in ("agreement", "agreement_low", "agreement_high", "chance_agreement"))
        drawn.append(
            {
                "of": of,
                "who": WHO[0],
                "value": at,
                "low": low,
                "high": high,
                "says": f"{of}: {at:.0%} ({low:.0%} to {high:.0%})",
            }
        )
        drawn.append(
            {"of": of, "who": WHO[1], "value": chance, "low": chance, "high": chance, "says": f"{of}, by lot: {chance:.0%}"}
        )
    columns = {
        "action_type": "action",
        "posts_per_day": "target's posts a day",
        "n_actions": "actions",
        "agreement": "latest post is right",
        "agreement_low": "from",
        "agreement_high": "to",
        "chance_agreement": "by lot",
    }
    says = "How often the post that a follow is taken to answer is the one just engaged with. Lines are intervals of 95 %."
    chart = pencil.draw(intervals(drawn, "of", "value", "low", "high", "who", WHO, lowest=0))
    lead = "A follow names a person and no post; docs/context.md says what is taken for its context, and what this cannot show."
    return Section("context", TITLE, lead, figures=(Figure("Where it can be seen", says, Table.of(rows, columns), chart),))
