"""The command that erases a person, and the receipt it prints."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import duckdb

from simpact.erasure.adapters import EXPORTED, clear_unfinished, mark_adapters, withdraw
from simpact.erasure.releases import erase_from_index, erase_from_release, release_id, releases_with
from simpact.erasure.standing import DID, erased_people, keep_out
from simpact.erasure.warehouse import erase_from_warehouse, find_person, names_of, released_threads, rewrite
from simpact.errors import UserError
from simpact.exports import export
from simpact.exports.agents import EXPORTED_AGENTS
from simpact.exports.folder import check_ours, clear_after_kill
from simpact.home import PRIVATE_FILE, SPARK_FOLDER
from simpact.keys import read_key
from simpact.leftovers import clear_leftovers
from simpact.relations import tables
from simpact.release import RELEASE_FILE
from simpact.release.index import indexes
from simpact.report import NUMBERS, PAGE, PREVIOUS, REPORT, SUMMARY
from simpact.whole import clear

EXPORTS = "exports"


def erase(home: Path, person: str, say: Callable[[str], None]) -> None:
    """Erase whoever has a DID or handle from both databases, the indexes and the exports in `home`, and keep them out.

    `say` is given the receipt, line by line. The archive's own files stay as they are: later builds pass over what names the
    person. The private database, which knows where the person is, comes last: what a kill leaves, the next call erases; a
    build does too where only the writing anew was left. Raises UserError, before anything is changed, when the person cannot
    be found or a release cannot be searched, and duckdb.Error while a build is running.
    """
    private = home / PRIVATE_FILE
    with duckdb.connect(str(private)) if private.exists() else nullcontext():  # until the end: no build may come in between
        clear_leftovers(home)
        for name in (EXPORTS, EXPORTED, EXPORTED_AGENTS):
            clear_after_kill(home / name)
        _erase(home, person, say)


def _erase(home: Path, person: str, say: Callable[[str], None]) -> None:
    private, released = home / PRIVATE_FILE, home / RELEASE_FILE
    did = _resolve(private, person)
    threads = _threads_by_release(home, did)
    if released.exists():
        if release_id(released) not in threads:
            raise UserError(
                f"{RELEASE_FILE} holds another release than the private database knows: set SIMPACT_KEY to the key it was made "
                "with, or delete the file and its exports."
            )
        if release_id(released) not in indexes(home):
            raise UserError(f"The index of the release in {RELEASE_FILE} is gone: delete the file and its exports, and build.")
        check_ours(home / EXPORTS)
    check_ours(home / EXPORTED)
    check_ours(home / EXPORTED_AGENTS)

    is_listed = did in {erased.did for erased in erased_people(home)}
    with duckdb.connect(str(private)) if private.exists() else duckdb.connect() as warehouse:
        keep_out(home, did, names_of(warehouse, did) if private.exists() else [])
    say("Later builds keep the person out.")
    for release, numbers in threads.items():
        say(f"Release {release} holds the person in {len(numbers):,} threads.")
        for_k: list[int] = []
        if released.exists() and release == release_id(released):
            removed = erase_from_release(released, numbers, home)
            for_k = removed.for_k
            say(f"{RELEASE_FILE}: {removed.threads:,} threads, and {len(for_k):,} more that too few people were left beside")
            if (home / EXPORTS).exists():
                export(released, home / EXPORTS)
                say(f"{EXPORTS}: written anew")
            if numbers and (home / EXPORTED_AGENTS).exists():
                shutil.rmtree(home / EXPORTED_AGENTS)
                say(f"{EXPORTED_AGENTS}: deleted, since they were drawn from personas with the person in them")
        if release in indexes(home):
            erase_from_index(indexes(home)[release], numbers + for_k)
    if any([_delete(home / REPORT / name) for name in (PAGE, SUMMARY, NUMBERS, PREVIOUS)]):
        say(f"{REPORT}: deleted, since it quotes threads, and what changes in its figures would be the person")
    clear_unfinished(home)
    stale = mark_adapters(home, private, did)
    for adapter in stale:
        say(f"Adapter {adapter} learnt from the person: it is marked as stale.")
    if withdraw(home, stale):
        say(f"{EXPORTED}: deleted, since it held such an adapter; simpact export-adapters writes those that may leave")
    unsearched = sorted(set(indexes(home)) - set(threads))
    if unsearched:
        say(f"Without the key they were made with, these releases cannot be searched: {', '.join(unsearched)}.")
    of_spark = (home / SPARK_FOLDER).exists()
    if of_spark:
        if private.exists() and not _has_landed(private):
            private.unlink()  # views of what goes, and an experiment that the next build makes anew
        shutil.rmtree(home / SPARK_FOLDER)
        say(f"{SPARK_FOLDER}: deleted; the next build on Spark makes it of the archive, without the person")
    receipt: dict[str, int] = {}
    if private.exists():
        with duckdb.connect(str(private)) as warehouse:
            receipt = erase_from_warehouse(warehouse, did)
            rewrite(warehouse, private)
        for table, n_rows in receipt.items():
            say(f"{PRIVATE_FILE} {table}: {n_rows:,} rows")
    if not any(threads.values()) and not receipt.get("raw.events") and not of_spark:
        say("Nothing here names the person any more." if is_listed else "Nothing here names this DID: is it the right one?")
    say("Copies that were given away, and exports elsewhere, are out of reach: tell whoever has one. Now run dbt build.")


def _resolve(private: Path, person: str) -> str:
    if DID.fullmatch(person):
        return person
    if person.startswith("did:"):
        raise UserError(f"'{person}' is no DID.")
    if not private.exists():
        raise UserError("Without the private database a handle leads to nobody: give the DID.")
    with duckdb.connect(str(private)) as warehouse:
        return find_person(warehouse, person, erased_people(private.parent))


def _has_landed(private: Path) -> bool:
    """Does the private database hold the archive itself, and not views of what Spark keeps?"""
    with duckdb.connect(str(private)) as warehouse:
        return "raw.events" in tables(warehouse)


def _delete(path: Path) -> bool:
    """Whether there was such a file; it is gone now, and what a kill left beside it."""
    is_there = path.exists()
    clear(path)
    path.unlink(missing_ok=True)
    return is_there


def _threads_by_release(home: Path, did: str) -> dict[str, list[int]]:
    """Threads that a person speaks in, maybe none, for every release that the private database or the key can look into."""
    private = home / PRIVATE_FILE
    if not private.exists() and not os.environ.get("SIMPACT_KEY"):
        raise UserError("Without the private database only the key of a release finds a person in it: set SIMPACT_KEY.")
    threads: dict[str, list[int]] = {}
    if os.environ.get("SIMPACT_KEY"):
        threads |= releases_with(home, read_key(os.environ, is_required=True), did)
    if private.exists():
        with duckdb.connect(str(private)) as warehouse:
            release, numbers = released_threads(warehouse, did)
        if release:
            threads[release] = numbers
    return threads
