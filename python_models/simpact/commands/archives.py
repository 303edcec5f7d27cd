"""`simpact sample` and `simpact collect`: archives, made up and real."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from simpact.collect import collections as known_collections
from simpact.collect import hosts as known_hosts
from simpact.commands.arguments import Commands, above_zero, from_zero, positive
from simpact.errors import UserError


def add_sample(commands: Commands) -> None:
    """How `simpact sample` is called."""
    sample = commands.add_parser(
        "sample",
        help="write a synthetic Bluesky archive",
        description="Write a synthetic archive in Jetstream's shape to DIR/archive, and the truth that it hides (the latent "
        "group of each user, planted personal data) to DIR/truth. The same numbers give the same archive. Nobody is real.",
    )
    sample.add_argument("--events", type=positive, required=True, metavar="N", help="number of lines")
    sample.add_argument("--seed", type=from_zero, default=1, metavar="S", help="another seed, another world (default 1)")
    sample.add_argument("--days", type=positive, default=28, metavar="D", help="days the archive spans (default 28)")
    sample.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; must be new or empty")
    sample.set_defaults(run=_sample, interrupted="stopped; the archive is incomplete")


def _sample(options: Namespace) -> None:
    from simpact.sample.writer import write_sample

    write_sample(options.events, options.seed, options.out, options.days, is_quiet=False)


def add_collect(commands: Commands) -> None:
    """How `simpact collect` is called."""
    stream = commands.add_parser(
        "collect",
        help="collect Bluesky's events into an archive",
        description="Follow a Jetstream server and write what it sends to DIR, as files of an archive (SIMPACT_ARCHIVE=DIR), "
        "until Ctrl-C. Started again, it goes on from where it was, as far back as servers remember (36 hours). "
        "DIR/.collect/ledger.ndjson has the time that nobody saw; a build makes quality.observed_time of it. Account and "
        "identity events come in any case.",
    )
    stream.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the archive")
    stream.add_argument(
        "--collections",
        default="",
        metavar="A,B",
        help=f"records to collect (default {','.join(known_collections.DEFAULT)}); declared intents always are",
    )
    stream.add_argument(
        "--host",
        action="append",
        metavar="HOST",
        help="server; several take each other's place (default Bluesky's own)",
    )
    stream.add_argument("--protocol", choices=("v1", "v2"), default="v1", help="/subscribe, or subscribeEvents (default v1)")
    stream.add_argument(
        "--dictionaries",
        type=Path,
        metavar="DIR",
        help="zstd dictionaries of Jetstream's repository, for less traffic; else v2 gives its own, v1 plain text",
    )
    stream.add_argument("--minutes", type=above_zero, default=60, metavar="N", help="a new file every N minutes (default 60)")
    stream.add_argument("--megabytes", type=above_zero, default=256, metavar="N", help="or when it has N MB (default 256)")
    stream.add_argument(
        "--silence", type=above_zero, default=30, metavar="S", help="seconds of nothing until the next server (default 30)"
    )
    stream.set_defaults(run=_collect)


def _collect(options: Namespace) -> None:
    from simpact.collect.collector import Settings
    from simpact.collect.until_stopped import collect_until_stopped

    addresses = known_hosts.addresses(options.host if options.host is not None else known_hosts.DEFAULT[options.protocol])
    collections = known_collections.wanted(options.collections.split(","))
    if options.dictionaries and not options.dictionaries.is_dir():
        raise UserError(f"'{options.dictionaries}' is no folder.")
    how = (options.protocol, options.dictionaries, options.minutes, options.megabytes, options.silence)
    collect_until_stopped(Settings(options.out, addresses, collections, *how))
