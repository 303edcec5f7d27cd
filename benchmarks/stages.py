"""What every stage of a build takes, by the operating system's count, on DuckDB or on Spark.

`stages.py 10` builds the threads of ten million synthetic events, then their personas and their release, one process a stage;
stages after the number build these alone, on what is there. Personas are of what people do (`grouping: behaviour`), so that no
model is in the way. The home stays beside the archive, to look at.
"""

from __future__ import annotations

import argparse
import platform
import shutil
from datetime import date

import duckdb
from archives import worlds
from builds import MEMORY, THREADS, build, size_on_disk

STAGES = ("threads", "personas", "release")
HEADINGS = ("stage", "CPU s", "wall s", "peak GiB", "most in scratch GiB", "GiB on disk after", "slowest, wall s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millions", type=int)
    parser.add_argument("stages", nargs="*", choices=STAGES, default=STAGES)
    parser.add_argument("--target", default="local", choices=("local", "spark"))
    options = parser.parse_args()
    folder = worlds(options.millions)
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


if __name__ == "__main__":
    main()
