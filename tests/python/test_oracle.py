"""The SQL and the oracle agree on every archive: what is rejected, what becomes of each event, and every thread."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from hostile import Attention, archives
from oracle import ROOT, Settings, fold
from simpact.compression import zstd
from warehouse import CompiledProject, Warehouse

VARIANTS = {
    "permissive": (
        {"min_posts_per_user": 1, "languages": "all"},
        Settings(min_posts_per_user=1, languages="all"),
    ),
    "strict": (
        {"min_posts_per_user": 2, "topic": "canada_2025", "max_context_messages": 2, "max_context_age_hours": 24,
         "window_start": "2001-09-09T01:46:40.000001", "window_end": "2001-09-20", "withheld_intents": ["protocolBridging"]},
        Settings(topic="canada_2025", max_context_messages=2, max_context_age_hours=24, window_start_us=1_000_000_000_000_001,
                 window_end_us=1_000_944_000_000_000, withheld_intents=("protocolBridging",)),
    ),
}  # fmt: skip
METHODS = {
    "most_recent": (
        {"min_posts_per_user": 1, "languages": "all"},
        Settings(min_posts_per_user=1, languages="all"),
    ),
    "last_engaged": (
        {"min_posts_per_user": 1, "languages": "all", "context_method": "last_engaged", "max_context_age_hours": 2},
        Settings(min_posts_per_user=1, languages="all", context_method="last_engaged", max_context_age_hours=2),
    ),
    "none": (
        {"min_posts_per_user": 1, "languages": "all", "context_method": "none"},
        Settings(min_posts_per_user=1, languages="all", context_method="none"),
    ),
}

COMPARED = (
    *("coverage", "threads", "thread_messages", "int_users__in_scope"),
    *("int_actions__engaged_posts", "int_actions__latest_posts"),
)

Variant = tuple[CompiledProject, Settings]


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Variant:
    variables, oracle_settings = VARIANTS[request.param]
    project = CompiledProject(tmp_path_factory.mktemp(request.param), variables)
    return project if request.param == "permissive" else project.only(*COMPARED), oracle_settings  # once, all must run through


@pytest.fixture(scope="module", params=METHODS)
def method(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Variant:
    variables, oracle_settings = METHODS[request.param]
    return CompiledProject(tmp_path_factory.mktemp(request.param), variables).only(*COMPARED), oracle_settings


def write(archive: dict[str, list[bytes]], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, lines in archive.items():
        (folder / name).write_bytes(b"".join(line + b"\n" for line in lines))


def check(archive: dict[str, list[bytes]], variant: Variant, folder: Path) -> None:
    project, oracle_settings = variant
    write(archive, folder)
    warehouse, expected = Warehouse(project, folder), fold(archive, oracle_settings)
    assert warehouse.rejects() == expected.rejects
    assert warehouse.in_scope() == expected.in_scope
    assert warehouse.coverage() == expected.coverage
    assert warehouse.threads() == expected.threads
    assert warehouse.followed_up() == expected.followed_up
    assert warehouse.coverage().total() == sum(len(lines) for lines in archive.values())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(archive=archives())
def test_sql_agrees_with_the_oracle(archive: dict[str, list[bytes]], variant: Variant, tmp_path: Path) -> None:
    check(archive, variant, tmp_path / "archive")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(archive=archives(Attention))
def test_every_method_of_context_agrees_with_the_oracle(
    archive: dict[str, list[bytes]], method: Variant, tmp_path: Path
) -> None:
    check(archive, method, tmp_path / "archive")


def test_the_bundled_sample_agrees_too(tmp_path: Path) -> None:
    archive = {
        path.name: zstd.decompress(path.read_bytes()).removesuffix(b"\n").split(b"\n")
        for path in (ROOT / "seeds/sample/archive").rglob("*.zst")
    }
    warehouse = Warehouse(CompiledProject(tmp_path), ROOT / "seeds/sample/archive")
    expected = fold(archive, Settings())
    assert warehouse.rejects() == expected.rejects
    assert warehouse.in_scope() == expected.in_scope
    assert warehouse.coverage() == expected.coverage
    assert warehouse.threads() == expected.threads
    assert warehouse.followed_up() == expected.followed_up
    # The table of validity counts neither withheld people nor what fewer than ten do.
    withheld = {"actor_inactive", "actor_disallows"}
    counted = {line for line, (action, outcome) in expected.outcomes.items() if action == "follow" and outcome not in withheld}
    follows = [found for line, found in expected.followed_up.items() if line in counted]
    (all_actions, only_follows) = warehouse.query(
        "select n_actions, n_people, n_agreeing from quality.context_validity where posts_per_day = 'all' order by action_type"
    )
    assert all_actions == only_follows
    n_actions, n_people, n_agreeing = only_follows
    assert 0 <= len({who for who, _, _ in follows}) - n_people < 10
    assert 0 <= sum(engaged == latest for _, engaged, latest in follows) - n_agreeing <= len(follows) - n_actions < 20
