"""The command `simpact`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

import duckdb

from simpact.commands import archives, raters, release, warehouse
from simpact.errors import UserError
from simpact.faults import as_sentence
from simpact.home import home

COMMANDS = (  # as --help lists them
    *(archives.add_sample, archives.add_collect),
    *(warehouse.add_sql, warehouse.add_gates, warehouse.add_report),
    *(release.add_export, release.add_import_threads, release.add_export_adapters, release.add_export_agents),
    *(raters.add_human_page, raters.add_human_scores),
    warehouse.add_erase,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="simpact", description="Tools around the simpact warehouse.")
    parser.add_argument("--version", action="version", version=f"simpact {version('simpact')}")
    commands = parser.add_subparsers(dest="command", required=True)
    for add_command in COMMANDS:
        add_command(commands)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (duckdb.Error, OSError) as error:
        folder = getattr(options, "out", None) or home()
        parser.exit(1 if isinstance(error, duckdb.Error) else 2, f"simpact: {as_sentence(error, folder)}\n")
    except (ValueError, UserError) as error:
        parser.exit(2, f"simpact: {error}\n")
    except KeyboardInterrupt:
        print(f"simpact: {getattr(options, 'interrupted', 'stopped')}", file=sys.stderr)
        return 130
    return 0
