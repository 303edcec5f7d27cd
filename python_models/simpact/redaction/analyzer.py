"""Presidio's analysis, without asking the recognisers that a text gives nothing to find."""

from __future__ import annotations

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult

from simpact.redaction.ner import load_ner
from simpact.redaction.recognisers import has_digit, recognisers


class Analyzer:
    """Finds what `engine.analyze(text, "en")` finds."""

    def __init__(self, ner: str) -> None:
        """`ner` is the setting of that name. Raises UserError when its model cannot be had."""
        self.guarded = recognisers()
        model, self._ner = load_ner(ner)
        everything = [*(guarded.recogniser for guarded in self.guarded), *([self._ner] if self._ner else [])]
        registry = RecognizerRegistry(recognizers=everything, supported_languages=["en"])
        self.engine = AnalyzerEngine(registry=registry, nlp_engine=model, supported_languages=["en"])
        self._no_artifacts = model.process_text("", "en")

    def find(self, text: str) -> list[RecognizerResult]:
        """Findings of every entity, of which those of one entity do not lie within each other."""
        found: list[RecognizerResult] = []
        digits = has_digit(text)
        for recogniser, needs_digit, possible in self.guarded:
            if (digits or not needs_digit) and possible(text):
                found += recogniser.analyze(text, recogniser.supported_entities, self._no_artifacts)
        if self._ner:
            artifacts = self.engine.nlp_engine.process_text(text, "en")
            found += self._ner.analyze(text, self._ner.supported_entities, artifacts)
        return EntityRecognizer.remove_duplicates(found) if found else found
