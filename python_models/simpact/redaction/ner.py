"""The model behind the setting `ner`: none, a spaCy pipeline or a Transformers token classifier. Nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

from presidio_analyzer import EntityRecognizer
from presidio_analyzer.nlp_engine import NlpEngine, NoOpNlpEngine, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import SpacyRecognizer

from simpact.errors import UserError
from simpact.extras import needs_torch

_ENTITIES = ["PERSON", "LOCATION"]
_TRANSFORMERS = "transformers:"


def load_ner(setting: str) -> tuple[NlpEngine, EntityRecognizer | None]:
    """The engine for Presidio and the recogniser that gives what it finds. Raises UserError when there is no such model."""
    if setting == "off":
        return _no_engine(), None
    if setting.startswith(_TRANSFORMERS):
        return _no_engine(), _transformers(setting.removeprefix(_TRANSFORMERS))
    return _spacy(setting), SpacyRecognizer(supported_entities=_ENTITIES, context=[])


def _no_engine() -> NlpEngine:
    engine = NoOpNlpEngine([{"lang_code": "en", "model_name": "no_op"}])
    engine.load()
    return engine


def _spacy(name: str) -> NlpEngine:
    import spacy

    if not (spacy.util.is_package(name) or Path(name).is_dir()):  # Presidio would download it
        raise UserError(
            f"Setting ner: '{name}' is neither an installed spaCy model nor a folder; install it (`python -m spacy download "
            f"{name}`), or set ner to off."
        )
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": name}])
    try:
        engine.load()
    except (OSError, ValueError, ImportError) as error:
        raise UserError(f"Setting ner: '{name}' holds no spaCy model that can be loaded ({error}).") from None
    return engine


def _transformers(name: str) -> EntityRecognizer:
    with needs_torch("set ner to off or to a spaCy model"):
        from huggingface_hub import snapshot_download
        from presidio_analyzer.predefined_recognizers import HuggingFaceNerRecognizer

    labels = {**HuggingFaceNerRecognizer.DEFAULT_LABEL_MAPPING, "GPE": "LOCATION"}
    try:
        folder = name if Path(name).is_dir() else snapshot_download(name, local_files_only=True)
        return HuggingFaceNerRecognizer(model_name=folder, supported_entities=_ENTITIES, label_mapping=labels)
    except (OSError, ValueError) as error:
        raise UserError(
            f"Setting ner: no token classifier can be loaded from '{name}' ({type(error).__name__}); where there is network, "
            f"run `hf download {name}`, or set ner to a folder that holds one, or to off."
        ) from None
