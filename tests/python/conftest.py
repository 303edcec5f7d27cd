"""What several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse import run_dbt


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse built from the bundled sample as a new user builds it, with all its tests. Not to be changed."""
    home = tmp_path_factory.mktemp("sample_home")
    result = run_dbt("build", home=home)
    assert result.returncode == 0, result.stdout
    (home / "build.txt").write_text(result.stdout)
    return home
