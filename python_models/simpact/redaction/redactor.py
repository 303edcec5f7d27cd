"""Replace personal data in texts by the names of what it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import pyarrow as pa

from simpact.progress import progress
from simpact.redaction.lean import lean_import
from simpact.redaction.names import name_findings
from simpact.redaction.spans import LAST_RESORT, FacetSpan, Finding, Span, facet_findings, merge, outside_placeholders

_ENTITIES = pa.list_(pa.struct([("entity", pa.string()), ("n", pa.int32())]))
_FINDINGS = pa.list_(
    pa.struct([("entity", pa.string()), ("source", pa.string()), ("char_start", pa.int32()), ("char_end", pa.int32())])
)
REDACTIONS = pa.schema(
    [("redaction_key", pa.string()), ("redacted_text", pa.string()), ("entities", _ENTITIES), ("findings", _FINDINGS)]
)
_PASSES = 8  # one is enough but where a replacement makes a new finding of its neighbours


class Redaction(NamedTuple):
    """A text without personal data, how often each entity was replaced in it, and all that was found in the original."""

    text: str
    entities: dict[str, int]
    findings: list[Finding]


class Redactor:
    """Presidio's recognisers and ours, the author's facets and known names over one text or a stream of them."""

    batch_rows = 10_000

    def __init__(self, ner: str = "off") -> None:
        """`ner` adds PERSON and LOCATION: a spaCy model or folder, or `transformers:` and an id or folder.

        Raises UserError when there is no such model.
        """
        with lean_import() if ner == "off" else nullcontext():
            from simpact.redaction.analyzer import Analyzer

        self.analyzer = Analyzer(ner)

    def redact(self, text: str, facets: Sequence[FacetSpan], names: Sequence[str]) -> Redaction:
        """The text with `<ENTITY>` for all personal data. To redact the result again changes nothing.

        `names` are the known names in this text, in the form of the macro words_of. The findings are those of each source over
        the whole text, so they overlap.
        """
        findings = [*facet_findings(text, facets), *self._find(text, names)]
        left, entities = findings, Counter[str]()
        redacted = text
        for _ in range(_PASSES):
            if not left:
                break
            spans = merge(redacted, left)
            entities.update(span.entity for span in spans)
            redacted = _replaced(redacted, spans)
            left = self._find(redacted, names)
        if left:
            redacted, entities = f"<{LAST_RESORT}>", Counter([LAST_RESORT])
        findings.sort(key=lambda finding: (finding.start, finding.end, finding.source, finding.entity))
        return Redaction(redacted, dict(sorted(entities.items())), findings)

    def scan(self, texts: Iterable[str]) -> list[int]:
        """How many findings each text has by patterns and models. Placeholders are none."""
        return [len(self._find(text, ())) for text in texts]

    def stream(self, batches: Iterable[pa.RecordBatch], total: int) -> Iterator[pa.RecordBatch]:
        """Batches of REDACTIONS for batches of (redaction_key, text, facets, names); `total` is for the progress bar.

        Only the batch in hand is in memory.
        """
        with progress(total, "Redacting texts", "text") as bar:
            for batch in batches:
                texts, facets, names = (batch[name].to_pylist() for name in ("text", "facets", "names"))
                redactions = [
                    self.redact(text, [_facet(facet) for facet in marks or ()], known or ())
                    for text, marks, known in zip(texts, facets, names, strict=True)
                ]
                columns = [
                    batch["redaction_key"],
                    pa.array([redaction.text for redaction in redactions], pa.string()),
                    _lists([redaction.entities.items() for redaction in redactions], _ENTITIES),
                    _lists([redaction.findings for redaction in redactions], _FINDINGS),
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=REDACTIONS)
                bar.update(len(texts))

    def _find(self, text: str, names: Sequence[str]) -> list[Finding]:
        results = self.analyzer.find(text)
        patterns = [Finding(result.entity_type, "pattern", result.start, result.end) for result in results]
        found = [*(name_findings(text, names) if names else ()), *patterns]
        return outside_placeholders(text, found) if found else found


def _facet(facet: dict[str, Any]) -> FacetSpan:
    return FacetSpan(facet["byte_start"], facet["byte_end"], facet["entity"])


def _replaced(text: str, spans: Iterable[Span]) -> str:
    pieces, end = [], 0
    for span in spans:
        pieces += [text[end : span.start], f"<{span.entity}>"]
        end = span.end
    return "".join([*pieces, text[end:]])


def _lists(rows: Sequence[Iterable[tuple[Any, ...]]], type_: pa.ListType) -> pa.Array:
    """A column of lists of structs, its fields filled in order; much faster than from dictionaries."""
    offsets = [0]
    flat: list[tuple[Any, ...]] = []
    for row in rows:
        flat += row
        offsets.append(len(flat))
    fields = list(type_.value_type)
    columns = zip(*flat, strict=True) if flat else [()] * len(fields)
    values = [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)]
    structs = pa.StructArray.from_arrays(values, fields=fields)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)
