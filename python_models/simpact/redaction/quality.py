"""How well a build redacts: against what is known to be in its texts, on made sentences, and by looking twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa

from simpact.redaction.evaluation import Case, Score, analysed, measure, template_cases
from simpact.redaction.redactor import Redactor
from simpact.redaction.spans import Span

TEMPLATE_CASES = 2000  # a recall of 0.99 is then known to within 0.01 for every entity
BATCH_ROWS = 10_000

QUALITY = pa.schema(
    [
        ("source", pa.string()),
        ("entity", pa.string()),
        ("n_true", pa.int64()),
        ("n_masked", pa.int64()),
        ("n_found", pa.int64()),
        ("n_spurious", pa.int64()),
        ("recall", pa.float64()),
        ("precision", pa.float64()),
        ("f2", pa.float64()),
    ]
)


def measure_redaction(known: pa.Table, released: duckdb.DuckDBPyRelation, ner: str, seed: int) -> pa.Table:
    """Rows of QUALITY.

    `known` has (source, truth, found) per text, spans as lists of (entity, char_start, char_end); `released` has one column,
    the texts that leave, in which a second scan must find nothing: its row counts texts as `n_found` and those with a finding
    as `n_spurious`.
    """
    redactor = Redactor(ner)
    sources = {"templates": analysed(redactor, template_cases(seed, TEMPLATE_CASES))}
    for row in known.to_pylist():
        sources.setdefault(row["source"], []).append(Case("", _spans(row["truth"]), _spans(row["found"] or ())))
    table = [
        {"source": source, "entity": entity, **_told(source, score)}
        for source, cases in sources.items()
        for entity, score in measure(cases).items()
        if score.n_true or source == "templates"
    ]
    findings = [n for batch in _texts(released) for n in redactor.scan(batch)]
    table.append(
        {
            "source": "second_scan",
            "entity": "ANY",
            "n_true": 0,
            "n_masked": 0,
            "n_found": len(findings),
            "n_spurious": sum(map(bool, findings)),
        }
    )
    return pa.Table.from_pylist(table, schema=QUALITY)


def _told(source: str, score: Score) -> dict[str, float | int | None]:
    """Only of templates is it known that nothing else is there."""
    beyond = () if source == "templates" else ("n_found", "n_spurious", "precision", "f2")
    return {name: value for name, value in score._asdict().items() if name not in beyond}


def _texts(relation: duckdb.DuckDBPyRelation) -> Iterator[list[str]]:
    for batch in relation.to_arrow_reader(BATCH_ROWS):
        yield batch.column(0).to_pylist()


def _spans(found: Iterable[dict[str, str | int]]) -> list[Span]:
    return [Span(str(span["entity"]), int(span["char_start"]), int(span["char_end"])) for span in found]
