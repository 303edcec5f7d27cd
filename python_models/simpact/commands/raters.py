"""`simpact human-page` and `human-scores`: people tell real texts from generated ones."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from simpact.commands.arguments import Commands, from_zero, positive, say
from simpact.home import home


def add_human_page(commands: Commands) -> None:
    """How `simpact human-page` is called."""
    page = commands.add_parser(
        "human-page",
        help="write a page on which people tell real texts from generated ones",
        description="Write to DIR a page that works offline, with pairs of a real text and one that a model wrote, and the key "
        "to it, which raters must not have. Pairs come from held-out threads; texts in which personal data is found stay away.",
    )
    page.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    page.add_argument("--pairs", type=positive, default=100, metavar="N", help="how many pairs (default 100)")
    page.add_argument("--models", default="persona", metavar="A,B", help="whose texts (default %(default)s)")
    page.add_argument("--contact", required=True, metavar="TEXT", help="whom raters can ask: a name and an address")
    page.add_argument("--seed", type=from_zero, default=1, metavar="S", help="of the choice of pairs (default 1)")
    page.set_defaults(run=_human_page)


def _human_page(options: Namespace) -> None:
    from simpact.human.held_out import write_evaluation

    models = options.models.split(",")
    write_evaluation(home(), options.out, options.pairs, models, options.contact, options.seed, say)


def add_human_scores(commands: Commands) -> None:
    """How `simpact human-scores` is called."""
    rating = commands.add_parser(
        "human-scores",
        help="score the answers to such a page",
        description="Print how often raters told the real text, by model: with Wilson's interval, a test of equivalence with "
        "guessing, and how far raters agree.",
    )
    rating.add_argument("key", type=Path, metavar="KEY", help="evaluation_key.json of the page")
    rating.add_argument("answers", type=Path, nargs="+", metavar="ANSWERS", help="files that raters saved")
    rating.add_argument("--seed", type=from_zero, default=1, metavar="S", help="of the draws of raters (default 1)")
    rating.set_defaults(run=_human_scores)


def _human_scores(options: Namespace) -> None:
    from simpact.human.scores import score_answers, scores_text

    print(scores_text(score_answers(options.answers, options.key, options.seed)))
