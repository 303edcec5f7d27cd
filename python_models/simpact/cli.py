"""The command `simpact`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from simpact.collect import Settings
from simpact.collect import collections as known_collections
from simpact.collect import hosts as known_hosts
from simpact.collect.until_stopped import collect_until_stopped
from simpact.erasure.adapters import EXPORTED
from simpact.erasure.person import erase
from simpact.errors import UserError
from simpact.exports import SAMPLE_THREADS, export
from simpact.exports.adapters import export_adapters
from simpact.exports.agents import EXPORTED_AGENTS, export_agents
from simpact.home import home, open_private
from simpact.human.held_out import write_evaluation
from simpact.human.scores import score_answers, scores_text
from simpact.release import RELEASE_FILE
from simpact.release.paper_files import import_threads
from simpact.report import REPORT
from simpact.sample.writer import write_sample
from simpact.verdicts import tell_gates


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def _above_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return number


def _say(step: str) -> None:
    print(f"simpact: {step}", file=sys.stderr, flush=True)


def ask(query: str) -> int:
    """Print what a query finds in the private database of SIMPACT_HOME. Raises duckdb.Error or UserError when it cannot."""
    with open_private(home()) as warehouse:
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
        help="server; several take each other's place (default the four public ones)",
    )
    stream.add_argument("--protocol", choices=("v1", "v2"), default="v1", help="/subscribe, or subscribeEvents (default v1)")
    stream.add_argument(
        "--dictionaries",
        type=Path,
        metavar="DIR",
        help="zstd dictionaries of Jetstream's repository, for less traffic; else v2 gives its own, v1 plain text",
    )
    stream.add_argument("--minutes", type=_above_zero, default=60, metavar="N", help="a new file every N minutes (default 60)")
    stream.add_argument("--megabytes", type=_above_zero, default=256, metavar="N", help="or when it has N MB (default 256)")
    stream.add_argument(
        "--silence", type=_above_zero, default=30, metavar="S", help="seconds of nothing until the next server (default 30)"
    )
    question = commands.add_parser(
        "sql",
        help="ask the warehouse",
        description='Print the answer to a query, such as "from explore.coverage".',
    )
    question.add_argument("query", help="one SQL statement that reads")
    commands.add_parser(
        "gates",
        help="tell which gates are open",
        description="Print the gates and the coverage as Markdown: counts and reasons, no value of anybody. The exit status is "
        "2 when a gate is closed, or was not reached.",
    )
    files = commands.add_parser(
        "export",
        help="write the release as files",
        description="Write SIMPACT_HOME/simpact_release.duckdb as files to DIR: Parquet by persona and split, the paper's JSON "
        "lines, flat tables, a sample, a dataset card, Croissant metadata, a manifest and checksums. The same release gives "
        "the same bytes. An export that DIR held before is replaced when the new one is whole.",
    )
    files.add_argument("--out", type=Path, metavar="DIR", help="folder to write (default SIMPACT_HOME/exports)")
    files.add_argument(
        "--sample",
        type=_positive,
        default=SAMPLE_THREADS,
        metavar="N",
        help=f"threads in the sample (default {SAMPLE_THREADS:,})",
    )
    threads = commands.add_parser(
        "import-threads",
        help="make a release file of threads in the paper's shape",
        description="Read DIR/processed_<K>_clusters/cluster_<id>.jsonl, one or several K, into a new release file. A thread "
        "that several K have becomes one. Every thread gets the split train, since the files name none.",
    )
    threads.add_argument("folder", type=Path, metavar="DIR", help="folder with the folders processed_<K>_clusters")
    threads.add_argument("--out", type=Path, metavar="FILE", help=f"file to make (default SIMPACT_HOME/{RELEASE_FILE})")
    threads.add_argument("--seed", type=int, default=1, metavar="S", help="of the random thread ids (default 1)")
    adapters = commands.add_parser(
        "export-adapters",
        help="write the adapters that may leave",
        description="Copy from SIMPACT_HOME to DIR every adapter that no attack succeeded on, but for those of random groups, "
        "with what the attacks found, and the line that serves them all with vLLM. Says of the others why they stay.",
    )
    adapters.add_argument("--out", type=Path, metavar="DIR", help="folder to write (default SIMPACT_HOME/exported_adapters)")
    agents = commands.add_parser(
        "export-agents",
        help="draw agents for simulators from the personas of the release",
        description="Write N agents to DIR, for SiliSocS (JSON) and OASIS (CSV), with whom they follow, and the line that "
        "serves their adapters with vLLM. They are drawn from what the release tells of a persona: none is a person, and "
        "nothing in them was written by one. The same numbers give the same agents.",
    )
    agents.add_argument("--n", type=_positive, required=True, metavar="N", help="how many")
    agents.add_argument("--scale", type=_positive, metavar="K", help="of the personas (default: that of the mixing matrix)")
    agents.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, other agents (default 1)")
    agents.add_argument(
        "--adapters",
        type=Path,
        metavar="DIR",
        help="exported adapters that serve them (default SIMPACT_HOME/exported_adapters)",
    )
    agents.add_argument("--out", type=Path, metavar="DIR", help="folder to write (default SIMPACT_HOME/exported_agents)")
    page = commands.add_parser(
        "human-page",
        help="write a page on which people tell real texts from generated ones",
        description="Write to DIR a page that works offline, with pairs of a real text and one that a model wrote, and the key "
        "to it, which raters must not have. Pairs come from held-out threads; texts in which personal data is found stay away.",
    )
    page.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    page.add_argument("--pairs", type=_positive, default=100, metavar="N", help="how many pairs (default 100)")
    page.add_argument("--models", default="persona", metavar="A,B", help="whose texts (default %(default)s)")
    page.add_argument("--contact", required=True, metavar="TEXT", help="whom raters can ask: a name and an address")
    page.add_argument("--seed", type=int, default=1, metavar="S", help="of the choice of pairs (default 1)")
    rating = commands.add_parser(
        "human-scores",
        help="score the answers to such a page",
        description="Print how often raters told the real text, by model: with Wilson's interval, a test of equivalence with "
        "guessing, and how far raters agree.",
    )
    rating.add_argument("key", type=Path, metavar="KEY", help="evaluation_key.json of the page")
    rating.add_argument("answers", type=Path, nargs="+", metavar="ANSWERS", help="files that raters saved")
    rating.add_argument("--seed", type=int, default=1, metavar="S", help="of the draws of raters (default 1)")
    report = commands.add_parser(
        "report",
        help="write a page of what there is and how well it does",
        description="Write to DIR report.html, one page that works offline, summary.md for pull requests, and report.json, "
        "which a later report is compared with. Nothing private is in them: they hold what the release holds, and figures.",
    )
    report.add_argument("--out", type=Path, metavar="DIR", help="folder to write (default SIMPACT_HOME/report)")
    report.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help="report.json to compare with (default: the last one in DIR with other figures)",
    )
    removal = commands.add_parser(
        "erase",
        help="erase a person",
        description="Erase a person from SIMPACT_HOME: from the private database, the release and the exports. Prints a "
        "receipt, and keeps the person out of every later build. Without the private database, SIMPACT_KEY finds the person "
        "in the releases.",
    )
    removal.add_argument("person", metavar="DID|HANDLE", help="whose data to erase")
    options = parser.parse_args(arguments)
    try:
        if options.command == "sql":
            return ask(options.query)
        if options.command == "gates":
            tell_gates(home(), print)
        elif options.command == "collect":
            addresses = known_hosts.addresses(options.host if options.host is not None else known_hosts.DEFAULT)
            collections = known_collections.wanted(options.collections.split(","))
            if options.dictionaries and not options.dictionaries.is_dir():
                raise UserError(f"'{options.dictionaries}' is no folder.")
            how = (options.protocol, options.dictionaries, options.minutes, options.megabytes, options.silence)
            collect_until_stopped(Settings(options.out, addresses, collections, *how))
        elif options.command == "export":
            export(home() / RELEASE_FILE, options.out or home() / "exports", options.sample, _say)
        elif options.command == "export-adapters":
            export_adapters(home(), options.out or home() / EXPORTED, _say)
        elif options.command == "export-agents":
            out, adapters_folder = options.out or home() / EXPORTED_AGENTS, options.adapters or home() / EXPORTED
            export_agents(home() / RELEASE_FILE, out, options.n, options.scale, options.seed, adapters_folder, _say)
        elif options.command == "human-page":
            models = options.models.split(",")
            write_evaluation(home(), options.out, options.pairs, models, options.contact, options.seed, _say)
        elif options.command == "human-scores":
            print(scores_text(score_answers(options.answers, options.key, options.seed)))
        elif options.command == "report":
            from simpact.report.written import write_report  # here, since the other commands need no Altair

            write_report(home(), options.out or home() / REPORT, options.against, _say)
        elif options.command == "erase":
            erase(home(), options.person, print)
        elif options.command == "import-threads":
            import_threads(options.folder, options.out or home() / RELEASE_FILE, options.seed, _say)
        else:
            write_sample(options.events, options.seed, options.out, options.days, progress=True)
    except duckdb.Error as error:
        parser.exit(1, f"simpact: {error}\n")
    except (OSError, ValueError, UserError) as error:
        parser.exit(2, f"simpact: {error}\n")
    except KeyboardInterrupt:
        incomplete = "; the archive is incomplete" if options.command == "sample" else ""
        print(f"simpact: stopped{incomplete}", file=sys.stderr)
        return 130
    return 0
