"""The command `simpact`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from simpact.sample.writer import write_sample


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


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
    options = parser.parse_args(arguments)
    try:
        write_sample(options.events, options.seed, options.out, options.days, progress=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        parser.exit(2, f"simpact: {error}\n")
    except KeyboardInterrupt:
        print("simpact: stopped; the archive is incomplete", file=sys.stderr)
        return 130
    return 0
