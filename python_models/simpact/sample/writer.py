"""Write a synthetic archive to a folder: Jetstream's lines by day, and beside them the truth that the lines hide."""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from simpact.compression import open_zstd_writer
from simpact.progress import progress
from simpact.sample.oddities import ODDITIES
from simpact.sample.population import Population
from simpact.sample.world import DAY_US, START_US, Step, World, compact_json, iso_time

EVENTS_PER_PERSON = 20
ODDITY_SHARE = 2e-5  # of the events, for each kind


def write_sample(events: int, seed: int, out: Path, days: int = 28, *, is_quiet: bool = True) -> None:
    """Write `events` lines to `out/archive/<year>-<month>/<day>.ndjson.zst` and the truth to `out/truth/`.

    The same arguments give the same lines. `truth/users.ndjson` holds one line per user (did, handle, display name, latent
    group, habit, language, bot or not), `truth/pii.ndjson` one per planted piece of personal data (uri, entity, value, start
    and end in code points). Memory does not grow with `events` beyond the list of users.

    Raises FileExistsError when `out` holds anything already.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty: choose another --out")
    vocabulary = tomllib.loads((Path(__file__).parent / "vocabulary.toml").read_text(encoding="utf-8"))
    population = Population(max(20, events // EVENTS_PER_PERSON), seed, vocabulary)
    world = World(events, seed, days, population, vocabulary)
    truth = out / "truth"
    truth.mkdir(parents=True)
    (truth / "users.ndjson").write_text(
        "".join(compact_json(person._asdict()) + "\n" for person in population.people), encoding="utf-8"
    )
    with ExitStack() as stack:
        planted = stack.enter_context((truth / "pii.ndjson").open("w", encoding="utf-8"))
        bar = stack.enter_context(progress(events, "Writing", "event", is_quiet))
        for day, lines in itertools.groupby(_lines(world, events), key=lambda _: (world.clock_us - START_US) // DAY_US):
            with open_zstd_writer(_path(out, day)) as file:
                for line in lines:
                    file.write(line.line + b"\n")
                    for item in line.planted:
                        planted.write(json.dumps({"uri": line.uri, **vars(item)}, ensure_ascii=False) + "\n")
                    bar.update()


def _path(out: Path, day: int) -> Path:
    year_month, _, day_of_month = iso_time(START_US + day * DAY_US)[:10].rpartition("-")
    path = out / "archive" / year_month / f"{day_of_month}.ndjson.zst"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _lines(world: World, events: int) -> Iterator[Step]:
    """`events` lines: the world's steps, with the oddities spread evenly among them."""
    rounds = max(1, round(events * ODDITY_SHARE))
    spacing = max(1, events // (rounds * len(ODDITIES) + 1))
    steps, written, turn = world.run(), 0, 0
    while written < events:
        if written >= (turn + 1) * spacing and turn < rounds * len(ODDITIES):
            batch = [Step(line) for line in ODDITIES[turn % len(ODDITIES)](world)]
            turn += 1
        else:
            batch = [next(steps)]
        yield from batch[: events - written]
        written += len(batch)
