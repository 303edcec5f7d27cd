"""The files of a release, made from its released tables only.

`export` writes one folder: Parquet by persona, the paper's JSON lines, flat tables, a sample, and what describes them. There is
no clock and no chance in it: the same release file gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simpact.exports.croissant import write_croissant
from simpact.exports.dataset_card import write_dataset_card
from simpact.exports.facts import read_facts
from simpact.exports.folder import replaced_folder
from simpact.exports.json_lines import write_json_lines
from simpact.exports.manifest import write_checksums, write_manifest
from simpact.exports.parquet import write_examples, write_sample, write_tables
from simpact.exports.source import open_release

SAMPLE_THREADS = 1000


def export(release: Path, out: Path, sample: int = SAMPLE_THREADS, say: Callable[[str], None] = lambda step: None) -> None:
    """Write the release file `release` as the folder `out`, with `sample` threads in the sample; `say` hears of each step.

    Whatever stops it, an export that was there before stays whole. Raises UserError when there is no release to read or `out`
    holds anything else than an export, duckdb.Error when the file cannot be read, OSError when the folder cannot be written.
    """
    with replaced_folder(out) as folder, open_release(release, folder, say) as connection:
        facts = read_facts(connection)
        say("flat tables")
        write_tables(connection, folder, facts.scales)
        say(f"sample of {sample:,} threads")
        write_sample(connection, folder, facts.scales, sample)
        for scale in facts.scales:
            say(f"scale {scale}: parquet by persona")
            write_examples(connection, folder, scale)
            say(f"scale {scale}: JSON lines by persona")
            write_json_lines(connection, folder, scale)
        say("dataset card, manifest, Croissant, checksums")
        write_dataset_card(facts, folder)
        write_manifest(facts, folder)
        write_croissant(facts, folder)
        write_checksums(folder)
