"""What the checks on adapters find where there is something to find: an adapter that knows its examples by heart, and personas
that are none."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from accelerate import Accelerator

from simpact.evaluation.cross_persona import Diagonality, diagonality_test
from simpact.generation.regurgitated import GIVEN, regurgitations
from simpact.memorisation.regurgitation import REGURGITATION, RUN
from simpact.sample.texts import english_posts
from simpact.training.job import JOBS, jobs_of
from simpact.training.planted import with_canaries
from simpact.training.queue import tickets, work
from tiny import answer, asked, base, recipe, tokenizer

LONG, CANARIES = 2, 5
OVERFITTED = {"epochs": 160, "rank": 32, "alpha": 64, "learning_rate": 0.02, "batch_size": 16}


def examples() -> pa.Table:
    """Rows of JOBS: two long answers, a short one, and canaries."""
    posts = [post.replace('"', "") for post in english_posts(200, 3)]
    texts = [*(" ".join(posts[start : start + 20]) for start in (0, 100)), "short"]
    ids = [tokenizer()(text)["input_ids"] for text in texts]
    targets = [answer("post", tokenizer().decode(tokens[: GIVEN + RUN + 5])) for tokens in ids]
    rows = [("a", "member", turn, True, False, asked(f"user_0: {turn}"), target) for turn, target in enumerate(targets, 1)]
    members = pa.Table.from_pylist([dict(zip(JOBS.names, row, strict=True)) for row in rows], schema=JOBS)
    return with_canaries(members, CANARIES, 1)


def found_in(home: Path, **changes: object) -> dict[str, int]:
    """The row of REGURGITATION of an adapter that learnt the examples by such a recipe."""
    how = recipe(**(OVERFITTED | changes))
    (ticket,) = tickets(list(jobs_of(examples(), 1)), base(), how, home)
    with base().threads():
        work([ticket], base(), how, 1, None, Accelerator(cpu=True))
    trained = pa.table({"adapter": ["a"], "folder": [str(ticket.folder.relative_to(home))], "epoch": pa.array([1], pa.int32())})
    found = regurgitations(base(), home, examples(), trained, how.max_tokens)
    assert found.schema == REGURGITATION
    (row,) = found.to_pylist()
    return row


def test_what_an_adapter_knows_by_heart_comes_out_of_it(tmp_path: Path) -> None:
    found = found_in(tmp_path)
    assert (found["n_generations"], found["n_long"], found["n_possible"]) == (LONG, LONG, LONG)
    assert found["n_regurgitated"] == LONG and found["longest_run"] == RUN
    assert (found["n_canaries"], found["n_extracted"]) == (CANARIES, CANARIES)


def test_an_adapter_that_learnt_nothing_gives_nothing_away(tmp_path: Path) -> None:
    found = found_in(tmp_path, epochs=1, learning_rate=1e-9)
    assert (found["n_generations"], found["n_canaries"]) == (LONG, CANARIES)
    assert (found["n_regurgitated"], found["n_extracted"]) == (0, 0) and found["longest_run"] < GIVEN


# Personas


def test_diagonality_by_hand() -> None:
    """Two adapters, three people with two threads, one and one; the first two people have the first adapter's persona."""
    nats = np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 1.0], [6.0, 3.0]])
    found = diagonality_test(nats, np.array([1, 2, 1, 3]), np.array([0, 0, 0, 1]), np.array([7, 7, 4, 9]), seed=1)
    # What the own adapter knows better: 7 - 4 and 1 - 2 of the first persona, 6 - 3 of the second; over seven tokens.
    assert found.advantage == pytest.approx(5 / 7)
    own, other = math.exp(-6 / 4) + math.exp(-3 / 3), math.exp(-8 / 4) + math.exp(-6 / 3)
    assert found.diagonality == pytest.approx(own / (own + other))
    # Of the three deals one has as much: the true one. The second persona dealt to one of the others leaves less: -7 and 1.
    assert found.p_value == pytest.approx(1 / 3, abs=0.05)
    assert found.n_people == 3 and found.ci_low < found.advantage < found.ci_high


def people(seed: int, advantage: float) -> Diagonality:
    """The test of 90 people of three personas, four threads each, to whom their own adapter is better by so many nats."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(90), 4)
    nats = 20 + rng.normal(0, 3, 90)[person, None] + rng.normal(0, 1, (360, 3)) + rng.normal(0, 1, (90, 3))[person]
    nats[np.arange(360), person % 3] -= advantage
    return diagonality_test(nats, rng.integers(5, 15, 360), person % 3, person, seed, draws=400)


def test_diagonality_is_told_from_chance_only_where_there_is_any() -> None:
    real, none = ([people(seed, advantage) for seed in range(20)] for advantage in (1.0, 0.0))
    assert all(found.p_value < 0.01 and found.ci_low > 0 and found.diagonality > 0.335 for found in real)
    assert sum(found.p_value < 0.05 for found in none) <= 3
    assert sum(found.ci_low > 0 for found in none) <= 3
    assert 0.25 < np.mean([found.p_value for found in none]) < 0.75
