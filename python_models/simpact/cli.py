"""The command `simpact`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from simpact.sample.writer import write_sample


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def ask(query: str) -> int:
    """Print what a query finds in the private database of SIMPACT_HOME. Raises duckdb.Error when it cannot be asked."""
    home = Path(os.environ.get("SIMPACT_HOME", "."))
    with duckdb.connect(str(home / "simpact_private.duckdb"), read_only=True) as warehouse:
        answer = warehouse.sql(query)
        if answer is not None:
            answer.show(max_width=shutil.get_terminal_size((160, 40)).columns, max_rows=40)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="simpact", description="Tools around the simpact warehouse.")
    commands = parser.add_subparsers(dest="command", required=True)
    sample = commands.add_parser(
        "sample",
        help="write a synthetic Bluesky archive",
        description="Write a synthetic archive in Jetstream's shape to DIR/archive, and the truth that it hides (the latent "
        "group of each user, planted personal data) to DIR/truth. The same numbers give the same archive. Nobody is real.",
    )
    sample.add_argument("--events", type=_positive, required=True, metavar="N", help="number of lines")
    sample.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, another world (default 1)")
    sample.add_argument("--days", type=_positive, default=28, metavar="D", help="days the archive spans (default 28)")
    sample.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; must be new or empty")
    question = commands.add_parser(
        "sql",
        help="ask the warehouse",
        description='Print the answer to a query, such as "from explore.coverage".',
    )
    question.add_argument("query", help="one SQL statement that reads")
    options = parser.parse_args(arguments)
    try:
        if options.command == "sql":
            return ask(options.query)
        write_sample(options.events, options.seed, options.out, options.days, progress=True)
    except duckdb.Error as error:
        parser.exit(1, f"simpact: {error}\n")
    except (OSError, ValueError) as error:
        parser.exit(2, f"simpact: {error}\n")
    except KeyboardInterrupt:
        print("simpact: stopped; the archive is incomplete", file=sys.stderr)
        return 130
    return 0
