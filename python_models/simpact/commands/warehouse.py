"""`simpact sql`, `gates`, `report` and `erase`: what a built warehouse is asked for, and whom it forgets."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

import duckdb

from simpact.commands.arguments import Commands, say
from simpact.home import home, open_private


def add_sql(commands: Commands) -> None:
    """How `simpact sql` is called."""
    question = commands.add_parser(
        "sql",
        help="ask the warehouse",
        description='Print the answer to a query, such as "from quality.coverage".',
    )
    question.add_argument("query", help="one SQL statement that reads")
    question.set_defaults(run=_sql)


def _sql(options: Namespace) -> None:
    with open_private(home()) as warehouse:
        if _explore_names(warehouse):  # `from threads` and `show tables` are what one types first
            warehouse.execute("set search_path = 'main,explore'")
        try:
            answer = warehouse.sql(options.query)
        except duckdb.CatalogException as error:
            names = ", ".join(_explore_names(warehouse))
            raise duckdb.CatalogException(f"{error}\n\nThe schema explore has {names}." if names else str(error)) from None
        if answer is not None:
            answer.show(max_width=shutil.get_terminal_size((160, 40)).columns, max_rows=40)


def _explore_names(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """What can be asked by name in `explore`: views, and table functions with what they want to know."""
    names = warehouse.execute("""
        select view_name from duckdb_views() where schema_name = 'explore'
        union all
        select distinct format('{}({})', function_name, array_to_string(parameters, ', '))
        from duckdb_functions()
        where schema_name = 'explore' and function_type = 'table_macro'
        order by all
    """)
    return [name for (name,) in names.fetchall()]


def add_gates(commands: Commands) -> None:
    """How `simpact gates` is called."""
    gates = commands.add_parser(
        "gates",
        help="tell which gates are open",
        description="Print the gates and the coverage as Markdown: counts and reasons, no value of anybody. The exit status is "
        "2 when a gate is closed, or was not reached.",
    )
    gates.set_defaults(run=_gates)


def _gates(_: Namespace) -> None:
    from simpact.verdicts import tell_gates

    tell_gates(home(), print)


def add_report(commands: Commands) -> None:
    """How `simpact report` is called."""
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
    report.set_defaults(run=_report)


def _report(options: Namespace) -> None:
    from simpact.report import REPORT
    from simpact.report.written import write_report

    write_report(home(), options.out or home() / REPORT, options.against, say)


def add_erase(commands: Commands) -> None:
    """How `simpact erase` is called."""
    removal = commands.add_parser(
        "erase",
        help="erase a person",
        description="Erase a person from SIMPACT_HOME: from the private database, the release and the exports. Prints a "
        "receipt, and keeps the person out of every later build. Without the private database, SIMPACT_KEY finds the person "
        "in the releases.",
    )
    removal.add_argument("person", metavar="DID|HANDLE", help="whose data to erase")
    removal.set_defaults(run=_erase)


def _erase(options: Namespace) -> None:
    from simpact.erasure.person import erase

    erase(home(), options.person, print)
