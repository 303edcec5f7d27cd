"""Where the databases lie, and paths as SQL takes them."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder that SIMPACT_HOME names, or this one."""
    return Path(os.environ.get("SIMPACT_HOME") or ".")


def quoted(path: Path) -> str:
    """A path between the quotes of a SQL literal: `attach` and `copy` take no parameters."""
    return str(path).replace("'", "''")
