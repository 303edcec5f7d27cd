"""What a run was made of, and the checksum of every file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from simpact.exports.facts import Facts

CHECKSUMS, MANIFEST = "SHA256SUMS", "manifest.json"
WRITTEN_BY = "simpact export"


def write_manifest(facts: Facts, folder: Path) -> None:
    """Write manifest.json: the version of the tables, and their rows; the data card, so commit, settings, models, input."""
    version = facts.get("release", "schema_version")
    manifest = {"written_by": WRITTEN_BY, "schema_version": version, "data_card": facts.card, "rows": facts.rows}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an export; empty where there is none to be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS over every other file, for `sha256sum -c SHA256SUMS`."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256(folder / name)}  {name}\n" for name in files if not name.startswith(".")]  # hidden: the engine's
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
