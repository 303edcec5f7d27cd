"""The SQL and the oracle agree on every archive: what is rejected, what becomes of each event, and every thread."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from hostile import archives
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


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[CompiledProject, Settings]:
    variables, oracle_settings = VARIANTS[request.param]
    return CompiledProject(tmp_path_factory.mktemp(request.param), variables), oracle_settings


def write(archive: dict[str, list[bytes]], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, lines in archive.items():
        (folder / name).write_bytes(b"".join(line + b"\n" for line in lines))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(archive=archives())
def test_sql_agrees_with_the_oracle(
    archive: dict[str, list[bytes]], variant: tuple[CompiledProject, Settings], tmp_path: Path
) -> None:
    project, oracle_settings = variant
    write(archive, tmp_path / "archive")
    warehouse, expected = Warehouse(project, tmp_path / "archive"), fold(archive, oracle_settings)
    assert warehouse.rejects() == expected.rejects
    assert warehouse.in_scope() == expected.in_scope
    assert warehouse.coverage() == expected.coverage
    assert warehouse.threads() == expected.threads
    assert warehouse.coverage().total() == sum(len(lines) for lines in archive.values())


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
