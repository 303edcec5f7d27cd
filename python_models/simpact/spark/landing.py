"""Landing in Spark's workers: every file of an archive alone, by the SQL of raw.events, to a Parquet of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa

from simpact.archive import read_lines
from simpact.errors import UserError
from simpact.faults import as_sentence
from simpact.home import quoted
from simpact.progress import progress
from simpact.spark.workers import connection

LANDED = "number bigint, wrong string"  # of a file, and why it could not land


@dataclass(frozen=True)
class Lander:
    """What a worker needs to land files, which are given as (number, path, bytes). It has neither the warehouse nor its key."""

    code: str
    vocabulary: str
    erased_people: str | None = field(repr=False)
    folder: Path
    files: Sequence[tuple[int, str, int]]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """For places in `files`: the rows of `LANDED`."""
        for batch in batches:
            files = [self.files[place] for place in batch.column(0).to_pylist()]
            yield pa.RecordBatch.from_pydict(
                {"number": [number for number, *_ in files], "wrong": pa.array(map(self._land, files), pa.string())}
            )

    def path(self, number: int) -> Path:
        """Where the lines of a file lie once it has landed."""
        return self.folder / f"{number}.parquet"

    def _land(self, file: tuple[int, str, int]) -> str | None:
        number, *_ = file
        landing = connection(self.vocabulary).cursor()
        landing.execute("set variable erased_people = ?", [self.erased_people])
        landing.register("archive_lines", read_lines([file], is_quiet=True))
        # Spark may try a file twice at a time, and reads what does not begin with a dot.
        own = self.folder / f".{number}.{uuid4().hex}"
        try:
            landing.execute(f"copy (\n{self.code}\n) to '{quoted(own)}' (format parquet, compression zstd)")
            own.replace(self.path(number))
        except (OSError, duckdb.Error) as error:
            return as_sentence(error, self.folder)
        finally:
            own.unlink(missing_ok=True)
        return None


def land(session: Any, lander: Lander) -> None:
    """Land files in the workers of a session, a task a file, the largest first.

    Raises UserError when one cannot be read or written; the others have landed then.
    """
    n_files = len(lander.files)
    if not n_files:
        return
    tasks = session.range(0, n_files, 1, n_files).mapInArrow(lander, LANDED)
    with (
        ThreadPoolExecutor(1) as beside,
        progress(sum(size for *_, size in lander.files), "Landing", "byte", unit_scale=True) as bar,
    ):
        landing = beside.submit(tasks.collect)
        while not landing.done():
            wait([landing], timeout=1)
            bar.update(sum(size for number, _, size in lander.files if lander.path(number).exists()) - bar.n)
    wrong = [words for _, words in sorted(landing.result()) if words]
    if wrong:
        raise UserError(wrong[0] + (f" So it is with {len(wrong) - 1} more of the archive." if len(wrong) > 1 else ""))
