"""What dbt-duckdb must do before it opens the warehouse: make its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError


class Plugin(BasePlugin):
    """Loaded by profiles.yml."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Create the folder of the database. Raises DbtRuntimeError when that cannot be done."""
        home = Path(self.creds.path).parent
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DbtRuntimeError(f"SIMPACT_HOME cannot be used: '{home}' ({error.strerror}).") from error
