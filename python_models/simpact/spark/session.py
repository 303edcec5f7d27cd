"""The session of Spark that a build runs in: in this process, or on the server that SPARK_REMOTE names."""

from __future__ import annotations

import os
import re
import socket
import warnings
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from simpact.errors import UserError
from simpact.redaction.version import recogniser_version

PORT = 15002  # Spark Connect's own


def is_remote() -> bool:
    """Does SPARK_REMOTE name a server?"""
    return bool(os.environ.get("SPARK_REMOTE"))


def settable(settings: Mapping[str, str]) -> dict[str, str]:
    """Of a session's settings those that its SQL needs; the others a server has decided when it started."""
    return {
        name: value for name, value in settings.items() if name.startswith("spark.sql.") and name != "spark.sql.warehouse.dir"
    }


def open_session(settings: Mapping[str, str], folder: Path) -> Any:
    """Spark with these settings, for tables in `folder`.

    Raises UserError when Spark does not start or no server answers, and when a server or its workers are not what is needed.
    """
    from pyspark.sql import SparkSession

    if is_remote():
        _check_answer(os.environ["SPARK_REMOTE"])
        warnings.filterwarnings("ignore", module=r"pyspark\.sql\.connect\.conf")  # what cannot be set: it is read back
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        if is_remote():
            _check_server(session, settings)
            _check_workers(session, folder)
    except UserError:
        raise
    except Exception as error:  # pyspark's, or py4j's with Java's inside
        raise UserError(_as_sentence(error)) from None
    return session


def _as_sentence(error: Exception) -> str:
    if "JAVA_GATEWAY_EXITED" in str(error):
        return "Spark did not start, and what Java said stands above. It needs Java 17 or newer, by JAVA_HOME or in the PATH."
    of_java = getattr(error, "java_exception", None)
    words = str(of_java.getMessage() if of_java else error).strip()
    return f"Spark cannot be used: {words.splitlines()[0] if words else type(error).__name__}"


def check_schemas(session: Any, folders: Mapping[str, Path]) -> None:
    """Raises UserError when the catalogue has a schema of that name elsewhere: then its tables are another warehouse's."""
    for name, folder in folders.items():
        if session.catalog.databaseExists(name):
            there = session.catalog.getDatabase(name).locationUri
            if Path(unquote(there.removeprefix("file:"))).resolve() != folder.resolve():
                raise UserError(
                    f"Spark's catalogue has the schema '{name}' in '{there}', and here it would be '{folder}': delete "
                    f"'{folder.parents[1]}' where SIMPACT_HOME was moved, or give this warehouse a catalogue of its own."
                )


def _check_answer(remote: str) -> None:
    """pyspark would try for ten minutes. What SPARK_REMOTE says beside the host may be a secret."""
    server = urlsplit(remote)
    host, port = server.hostname or "", server.port or PORT
    try:
        socket.create_connection((host, port), timeout=10).close()
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"No server of Spark Connect answers at {host}:{port}, as SPARK_REMOTE says ({why}).") from None


def _check_server(session: Any, settings: Mapping[str, str]) -> None:
    from pyspark import __version__

    here = __version__.rpartition(".")[0]
    if session.version.rpartition(".")[0] != here:
        raise UserError(f"The server of SPARK_REMOTE runs Spark {session.version}, and here is {here}: use one of {here}.")
    unlike = [f"{name}={value}" for name, value in settings.items() if session.conf.get(name, None) != value]
    if unlike:
        raise UserError(f"The server of SPARK_REMOTE must be started with {', '.join(unlike)}.")


def _check_workers(session: Any, folder: Path) -> None:
    from pyspark.errors import PySparkException

    try:
        ((found, sees),) = session.range(1).mapInArrow(_OfWorkers(folder), "found string, sees boolean").collect()
    except PySparkException as error:
        *_, why = ["no answer", *re.findall(r"^[\w.]+(?:Error|Exception): .+", str(error), re.MULTILINE)]
        raise UserError(f"Spark's workers cannot run simpact ({why}): install it in the Python that they run.") from None
    here = _installed()
    if found != here:
        raise UserError(f"Spark's workers have {found}, and here is {here}: install the same in the Python that they run.")
    if not sees:
        raise UserError(f"Spark's workers do not see '{folder}': SIMPACT_HOME must be a folder that all machines share.")


class _OfWorkers:
    """What a worker of Spark has installed, and whether it sees the folder of the warehouse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            yield pa.RecordBatch.from_pylist([{"found": _installed(), "sees": self.folder.exists()}])


def _installed() -> str:
    return f"simpact {version('simpact')} with DuckDB {version('duckdb')} and recognisers {recogniser_version()}"
