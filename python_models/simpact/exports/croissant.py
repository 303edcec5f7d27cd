"""croissant.json: the release as Croissant 1.1 with the RAI vocabulary 1.0 describes it to machines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simpact.exports.dataset_card import CITATION, figures, words
from simpact.exports.facts import Facts
from simpact.exports.manifest import sha256

Json = dict[str, Any]

PAPER = "https://arxiv.org/abs/2510.02343"
CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
MEDIA_TYPES = {".parquet": "application/x-parquet", ".json": "application/json", ".md": "text/markdown"}

INTEGER, TEXT, NUMBER, TRUTH = "cr:Int64", "sc:Text", "cr:Float64", "sc:Boolean"
MESSAGE = {"speaker": TEXT, "gap": TEXT, "text": TEXT}
EXAMPLE = {"time_bucket": TEXT, "context": MESSAGE, "speaker": TEXT, "action_type": TEXT, "text": TEXT}
MESSAGES = {
    "thread_id": INTEGER,
    "message_index": INTEGER,
    "speaker": TEXT,
    "is_action": TRUTH,
    "gap": TEXT,
    "message_text": TEXT,
}
PERSONAS = {
    "scale": INTEGER,
    "persona_id": INTEGER,
    "parent_persona_id": INTEGER,
    "user_count": INTEGER,
    "post_count": INTEGER,
    "thread_count": INTEGER,
    "silhouette": NUMBER,
    "top_terms": [TEXT],
}

MIXING = {"scale": INTEGER, "persona_id": INTEGER, "target_persona_id": INTEGER, "share": NUMBER}

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(facts: Facts, folder: Path) -> None:
    """Write croissant.json, over files that are there already: those at the top are hashed, those in folders are sets."""
    told = figures(facts)
    metadata = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": f"simpact-{told['release_id']}",
        "description": f"{told['threads']} threads of Bluesky by persona, each closed by one action to predict.",
        "license": "https://opensource.org/license/mit",
        "url": facts.get("release", "url", PAPER),
        "version": _version(facts),
        "creator": {"@type": "sc:Organization", "name": facts.get("release", "publisher", "whoever publishes this copy")},
        "citeAs": CITATION,
        "isLiveDataset": False,
        "inLanguage": [line.removeprefix("- ") for line in told["language"].split("\n")],
        "keywords": ["social media", "Bluesky", "personas", "next-action prediction", "privacy"],
        **_date(facts),
        **{f"rai:{name}": text for name, text in words(facts).items()},
        "distribution": [*_file_objects(folder), *_file_sets(facts)],
        "recordSet": list(_record_sets(facts)),
    }
    text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
    (folder / "croissant.json").write_text(text, encoding="utf-8")


def _version(facts: Facts) -> str:
    """Semantic, as Croissant wants it: the version of simpact, which shapes a release."""
    version = facts.get("release", "simpact_version", "")
    return version if re.fullmatch(r"\d+\.\d+\.\d+", version) else "0.0.0"


def _date(facts: Facts) -> Json:
    built_on = facts.get("release", "built_on", "")
    return {"datePublished": built_on} if built_on else {}


def _file_objects(folder: Path) -> Iterable[Json]:
    for path in [
        *sorted(path for path in folder.iterdir() if path.suffix in MEDIA_TYPES),
        folder / "sample" / "part-0.parquet",
    ]:
        name = path.relative_to(folder).as_posix()
        yield {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "encodingFormat": MEDIA_TYPES[path.suffix],
            "sha256": sha256(path),
        }


def _file_sets(facts: Facts) -> Iterable[Json]:
    for scale in facts.scales:
        yield _file_set(f"examples-{scale}", f"parquet/scale={scale}/*.parquet", MEDIA_TYPES[".parquet"])
        yield _file_set(f"json-lines-{scale}", f"processed_{scale}_clusters/*.jsonl", "application/jsonlines")


def _file_set(name: str, includes: str, media_type: str) -> Json:
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "includes": includes,
        "encodingFormat": media_type,
    }


def _record_sets(facts: Facts) -> Iterable[Json]:
    personas = {f"persona_{scale}": INTEGER for scale in facts.scales}
    yield {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [{"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": TEXT}],
        "data": [{"splits/name": split} for split in facts.splits],
    }
    for scale in facts.scales:
        records = f"examples_scale_{scale}"
        fields = _fields(
            records, {"fileSet": {"@id": f"examples-{scale}"}}, {"thread_id": INTEGER, "persona_id": INTEGER, **EXAMPLE}
        )
        split = {
            "@type": "cr:Field",
            "@id": f"{records}/split",
            "name": "split",
            "dataType": "sc:Text",
            "source": {
                "fileSet": {"@id": f"examples-{scale}"},
                "extract": {"fileProperty": "fullpath"},
                "transform": {"regex": "^(?:.*split=)?([^/]+)(?:/.*)?$"},
            },
            "references": {"field": {"@id": "splits/name"}},
        }
        yield _record_set(records, f"One thread as a task, with its persona out of {scale}.", [*fields, split])
    tables: dict[str, tuple[str, str, Json]] = {
        "sample": (
            "sample/part-0.parquet",
            "A small draw from all actions and splits.",
            {"thread_id": INTEGER, "split": TEXT, **personas, **EXAMPLE},
        ),
        "threads": (
            "threads.parquet",
            "One thread.",
            {"thread_id": INTEGER, "action_type": TEXT, "time_bucket": TEXT, "split": TEXT, **personas}
            | {"message_count": INTEGER, "speaker_count": INTEGER},
        ),
        "messages": ("messages.parquet", "One message of a thread, the action last.", MESSAGES),
        "personas": ("personas.parquet", "One persona: a group of people who write alike.", PERSONAS),
        "mixing": ("mixing.parquet", "One persona and one that its people act towards; null for anyone else.", MIXING),
        "data_card": ("data_card.parquet", "One figure of the release.", {"section": TEXT, "item": TEXT, "value": TEXT}),
    }
    for name, (file, description, columns) in tables.items():
        yield _record_set(name, description, _fields(name, {"fileObject": {"@id": file}}, columns))


def _record_set(name: str, description: str, fields: list[Json]) -> Json:
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": description, "field": fields}


def _fields(records: str, source: Json, columns: Json) -> list[Json]:
    """A field for each column; a list of one type repeats, a dictionary repeats with fields of its own."""
    return [_field(f"{records}/{column}", column, source, kind) for column, kind in columns.items()]


def _field(identity: str, column: str, source: Json, kind: Any) -> Json:
    field: Json = {"@type": "cr:Field", "@id": identity, "name": column}
    extract = {"source": {**source, "extract": {"column": column}}}
    if isinstance(kind, str):
        return {**field, "dataType": kind, **extract}
    if isinstance(kind, list):
        return {**field, "dataType": kind[0], "repeated": True, **extract}
    inner = [
        {
            "@type": "cr:Field",
            "@id": f"{identity}/{name}",
            "name": name,
            "dataType": inner_kind,
            "source": {**extract["source"], "transform": {"jsonPath": name}},
        }
        for name, inner_kind in kind.items()
    ]
    return {**field, "repeated": True, "subField": inner}
