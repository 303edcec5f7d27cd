"""What goes wrong with files, disks and memory, as a sentence for the person at the keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from simpact.home import PRIVATE_FILE
from simpact.release import RELEASE_FILE

_TOLD = re.compile(r"^simpact\.errors\.UserError: (.+)", re.MULTILINE)  # of a stream that DuckDB was reading
_HELD = re.compile(r'Could not set lock on file "(.+?)": Conflicting lock is held(?:.*?PID (\d+))?')
_FILE = re.compile(r'file "(.+?)": ')
_REFUSED = re.compile("Read-only file system|Permission denied|Not a directory|Is a directory")
_FULL = re.compile("No space left on device|Disk quota exceeded|max_temp_directory_size")
_SHORT = re.compile("Out of Memory Error")
_NO_NUMBER = re.compile("Must have at least 1 thread|Failed to cast value: .* to INT64")
_NO_AMOUNT = re.compile("Memory must have a number|Unknown unit for memory|Unable to parse valid percentage")
_SHORT_IN_SPARK = re.compile("java.lang.OutOfMemoryError|SparkOutOfMemoryError|UNABLE_TO_ACQUIRE_MEMORY")


def as_sentence(error: OSError | duckdb.Error, folder: Path) -> str:
    """What an error says: who holds a database, which disk is full, what cannot be used and why, which setting of DuckDB is
    none; other words as they are.

    `folder` is where the command writes, for an error that names no file.
    """
    words = str(error)
    if told := _TOLD.search(words):
        return told[1]
    if held := _HELD.search(words):
        path, process = Path(held[1]), f"process {held[2]}" if held[2] else "another process"
        meanwhile = f" Until then {RELEASE_FILE} can be read." if path.name == PRIVATE_FILE else ""
        return f"'{path}' is in use by {process}: wait until that has ended.{meanwhile}"
    if _NO_NUMBER.search(words):
        return "SIMPACT_THREADS is no number of threads: set it to a whole number from 1 on."
    if _NO_AMOUNT.search(words):
        return "SIMPACT_MEMORY is no amount of memory: set it to one such as 4GB, or to a share such as 80%."
    named = _FILE.search(words)
    path_of_error = error.filename if isinstance(error, OSError) else named and named[1]
    if trouble := what_lacks(words, Path(path_of_error).parent if path_of_error else folder):
        return trouble
    if isinstance(error, FileNotFoundError) and path_of_error:
        return f"There is no '{path_of_error}'."
    if isinstance(error, IsADirectoryError) and path_of_error:
        return f"'{path_of_error}' is a folder, not a file."
    if path_of_error and (refused := _REFUSED.search(words)):
        return f"'{path_of_error}' cannot be used ({refused[0]})."
    return words


def what_lacks(words: str, folder: Path) -> str | None:
    """Of an error in `words`, by DuckDB, Spark or the system, whether room on the disk of `folder` or memory was not enough."""
    if _FULL.search(words):
        return f"The disk of '{folder}' is full. What was there before is whole: make room, and do it again."
    if _SHORT.search(words):
        return "SIMPACT_MEMORY allows too little memory: set it higher, or SIMPACT_THREADS lower, and do it again."
    if _SHORT_IN_SPARK.search(words):
        return "SIMPACT_SPARK_MEMORY allows too little memory: set it higher, or SIMPACT_THREADS lower, and do it again."
    return None
