"""A recogniser that is one function over a text, without the bookkeeping of Presidio's pattern recogniser."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from presidio_analyzer import LocalRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts


class SpanRecognizer(LocalRecognizer):
    """Finds the spans of one entity. Presidio's engine takes it as it takes its own recognisers."""

    entity: str

    def __init__(self) -> None:
        super().__init__(supported_entities=[self.entity])
        self._metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: type(self).__name__,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }

    def load(self) -> None:
        """Nothing to load."""

    @abstractmethod
    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the entity is: [start, end) in code points."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """The spans as Presidio wants them, all of score 1: no threshold is asked of what is found."""
        return [
            RecognizerResult(self.entity, start, end, 1.0, recognition_metadata=dict(self._metadata))
            for start, end in self.spans(text)
        ]
