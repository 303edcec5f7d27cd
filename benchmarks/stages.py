"""What every stage of a build takes, by the operating system's count, on DuckDB or on Spark.

`stages.py 10` builds the threads of ten million synthetic events, then their personas and their release, one process a stage;
stages after the number build these alone, on what is there. With `--likes 100_000` one post of them has so many. Personas are
of what people do (`grouping: behaviour`), so that no model is in the way. The home stays beside the archive, to look at.
"""

from __future__ import annotations

import argparse
import platform
import shutil
from datetime import date
from pathlib import Path

import duckdb
from archives import worlds
from builds import MEMORY, THREADS, build, size_on_disk
from skew import skewed

STAGES = ("threads", "personas", "release")
HEADINGS = ("stage", "CPU s", "wall s", "peak GiB", "most in scratch GiB", "GiB on disk after", "slowest, wall s")
ANSWERS = """
    select count(*) as likes, count(outcome) as with_outcome, count(*) filter (outcome = 'threaded') as threads
    from raw.events
    left join private.int_actions__outcomes on event_id = action_id
    where subject = $post and collection = 'app.bsky.feed.like' and operation = 'create'
"""


def answers(home: Path, post: str) -> str:
    """What became of the likes of a post, in a warehouse of DuckDB's."""
    with duckdb.connect(str(home / "simpact_private.duckdb"), read_only=True) as connection:
        ((likes, with_outcome, threads),) = connection.execute(ANSWERS, {"post": post}).fetchall()
    assert likes == with_outcome, f"{likes - with_outcome} likes without an outcome"
    return f"{likes:,} likes of one post, each with its outcome; {threads:,} of them close a thread"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millions", type=int)
    parser.add_argument("stages", nargs="*", default=STAGES)
    parser.add_argument("--target", default="local", choices=("local", "spark"))
    parser.add_argument("--likes", type=int, default=0)
    options = parser.parse_args()
    folder = skewed(options.millions, options.likes) if options.likes else worlds(options.millions)
    home = folder / f"home_{options.target}"
    if "threads" in options.stages:
        shutil.rmtree(home, ignore_errors=True)
    print(f"{date.today()}, {platform.machine()}; DuckDB {duckdb.__version__}, {THREADS} threads, {MEMORY}; {options.target},")
    print(f"{options.millions} million events of {size_on_disk(folder / 'whole') / 2**30:.2f} GiB")
    print(f"\n| {' | '.join(HEADINGS)} |\n{'|---' * len(HEADINGS)}|")
    for stage in options.stages:
        selection = ("--selector", stage, "--vars", "grouping: behaviour")
        run = build(home, f"{folder}/whole/**", selection, options.target)
        size = size_on_disk(home) / 2**30
        figures = f"{run.cpu_s:.0f} | {run.wall_s:.0f} | {run.peak_gib:.1f} | {run.scratch_gib:.1f} | {size:.2f}"
        print(f"| {stage} | {figures} | {run.slowest(6)} |", flush=True)
    if options.likes and options.target == "local":
        print(f"\n{answers(home, (folder / 'famous').read_text())}")


if __name__ == "__main__":
    main()
