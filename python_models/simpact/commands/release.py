"""`simpact export`, `import-threads`, `export-adapters` and `export-agents`: what leaves, and a release that comes in."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from simpact.commands.arguments import Commands, from_zero, positive, say
from simpact.exports import SAMPLE_THREADS, export
from simpact.home import home
from simpact.release import RELEASE_FILE


def add_export(commands: Commands) -> None:
    """How `simpact export` is called."""
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
        type=positive,
        default=SAMPLE_THREADS,
        metavar="N",
        help=f"threads in the sample (default {SAMPLE_THREADS:,})",
    )
    files.set_defaults(run=_export)


def _export(options: Namespace) -> None:
    export(home() / RELEASE_FILE, options.out or home() / "exports", options.sample, say)


def add_import_threads(commands: Commands) -> None:
    """How `simpact import-threads` is called."""
    threads = commands.add_parser(
        "import-threads",
        help="make a release file of threads in the paper's shape",
        description="Read DIR/processed_<K>_clusters/cluster_<id>.jsonl, one or several K, into a new release file. A thread "
        "that several K have becomes one. Every thread gets the split train, since the files name none.",
    )
    threads.add_argument("folder", type=Path, metavar="DIR", help="folder with the folders processed_<K>_clusters")
    threads.add_argument("--out", type=Path, metavar="FILE", help=f"file to make (default SIMPACT_HOME/{RELEASE_FILE})")
    threads.add_argument("--seed", type=from_zero, default=1, metavar="S", help="of the random thread ids (default 1)")
    threads.set_defaults(run=_import_threads)


def _import_threads(options: Namespace) -> None:
    from simpact.release.paper_files import import_threads

    import_threads(options.folder, options.out or home() / RELEASE_FILE, options.seed, say)


def add_export_adapters(commands: Commands) -> None:
    """How `simpact export-adapters` is called."""
    adapters = commands.add_parser(
        "export-adapters",
        help="write the adapters that may leave",
        description="Copy from SIMPACT_HOME to DIR every adapter that no attack succeeded on, but for those of random groups, "
        "with what the attacks found, and the line that serves them all with vLLM. Says of the others why they stay.",
    )
    adapters.add_argument("--out", type=Path, metavar="DIR", help="folder to write (default SIMPACT_HOME/exported_adapters)")
    adapters.set_defaults(run=_export_adapters)


def _export_adapters(options: Namespace) -> None:
    from simpact.erasure.adapters import EXPORTED
    from simpact.exports.adapters import export_adapters

    export_adapters(home(), options.out or home() / EXPORTED, say)


def add_export_agents(commands: Commands) -> None:
    """How `simpact export-agents` is called."""
    agents = commands.add_parser(
        "export-agents",
        help="draw agents for simulators from the personas of the release",
        description="Write N agents to DIR, for SiliSocS (JSON) and OASIS (CSV), with whom they follow, and the line that "
        "serves their adapters with vLLM. They are drawn from what the release tells of a persona: none is a person, and "
        "nothing in them was written by one. The same numbers give the same agents.",
    )
    agents.add_argument("--n", type=positive, required=True, metavar="N", help="how many")
    agents.add_argument("--scale", type=positive, metavar="K", help="of the personas (default: that of the mixing matrix)")
    agents.add_argument("--seed", type=from_zero, default=1, metavar="S", help="another seed, other agents (default 1)")
    agents.add_argument(
        "--adapters",
        type=Path,
        metavar="DIR",
        help="exported adapters that serve them (default SIMPACT_HOME/exported_adapters)",
    )
    agents.add_argument("--out", type=Path, metavar="DIR", help="folder to write (default SIMPACT_HOME/exported_agents)")
    agents.set_defaults(run=_export_agents)


def _export_agents(options: Namespace) -> None:
    from simpact.erasure.adapters import EXPORTED
    from simpact.exports.agents import EXPORTED_AGENTS, export_agents

    out, adapters = options.out or home() / EXPORTED_AGENTS, options.adapters or home() / EXPORTED
    export_agents(home() / RELEASE_FILE, out, options.n, options.scale, options.seed, adapters, say)
