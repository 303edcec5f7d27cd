"""Write a synthetic archive to a folder: Jetstream's lines by day, and beside them the truth that the lines hide."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from simpact.compression import open_zstd_writer
from simpact.sample.oddities import ODDITIES
from simpact.sample.population import Population
from simpact.sample.world import DAY_US, START_US, Step, World, compact_json

EVENTS_PER_PERSON = 20
ODDITY_SHARE = 2e-5  # of the events, for each kind


def write_sample(events: int, seed: int, out: Path, days: int = 28, *, progress: bool = False) -> None:
    """Write `events` lines to `out/archive/<year>-<month>/<day>.ndjson.zst` and the truth to `out/truth/`.

    The same arguments give the same lines. `truth/users.ndjson` holds one line per user (did, handle, display name, latent
    group, habit, language, bot or not), `truth/pii.ndjson` one per planted piece of personal data (uri, entity, value, start and
    end in code points). Memory does not grow with `events` beyond the list of users.

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
        bar = stack.enter_context(tqdm(total=events, unit=" events", disable=None if progress else True))
        file, day = None, -1
        for step, line in _lines(world, events):
            if (today := (world.clock_us - START_US) // DAY_US) != day:
                if file:
                    file.close()
                day = today
                file = stack.enter_context(open_zstd_writer(_path(out, day)))
            file.write(line + b"\n")
            for item in step.planted if step else ():
                planted.write(json.dumps({"uri": step.uri, **vars(item)}, ensure_ascii=False) + "\n")
            bar.update()


def _path(out: Path, day: int) -> Path:
    from simpact.sample.world import iso_time

    year_month, _, day_of_month = iso_time(START_US + day * DAY_US)[:10].rpartition("-")
    path = out / "archive" / year_month / f"{day_of_month}.ndjson.zst"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _lines(world: World, events: int) -> Iterator[tuple[Step | None, bytes]]:
    """`events` lines: the world's steps, with the oddities spread evenly among them."""
    rounds = max(1, round(events * ODDITY_SHARE))
    spacing = max(1, events // (rounds * len(ODDITIES) + 1))
    steps, written, turn = world.run(), 0, 0
    while written < events:
        if written >= (turn + 1) * spacing and turn < rounds * len(ODDITIES):
            batch = [(None, line) for line in ODDITIES[turn % len(ODDITIES)](world)]
            turn += 1
        else:
            step = next(steps)
            batch = [(step, step.line.encode())]
        for item in batch[: events - written]:
            yield item
        written += len(batch)
