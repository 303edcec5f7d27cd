"""What is redacted, what is not, and that the recognisers' conditions lose nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import phonenumbers
import presidio_analyzer  # noqa: F401 # whole, before patterns alone would leave the libraries of models out
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import ROOT
from simpact.compression import zstd
from simpact.errors import UserError
from simpact.redaction.evaluation import Case, analysed, measure, template_cases
from simpact.redaction.names import name_findings
from simpact.redaction.redactor import REDACTIONS, Redactor
from simpact.redaction.spans import FacetSpan, Finding, Span, facet_findings, merge
from simpact.redaction.version import recogniser_version

SAMPLE = ROOT / "seeds/sample"
STRICT = {"HANDLE", "DID", "URL", "PROFILE_LINK", "AT_URI", "EMAIL_ADDRESS", "PHONE_NUMBER"}


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor()


# What a recogniser or a condition may trip over: pieces of every entity, digits and signs of other scripts, odd gaps.
PIECES = [
    "@", "＠", "@@", "@alice", "alice.bsky.social", "ALICE.BSKY.SOCIAL", "x.y.bsky.ſocial", "did:",
    "did:plc:abc", "DID:WEB:a.b", "at://", "at://x", "/profile/", "bsky.app/profile/a.b", "https://",
    "http://a", "www.", ".com", "example.com", "a.b", ".No", "ok.so", "..", "…", "...", "a@b.cd", "١٢٣", "４５６７",
    "123", "4567", "613", "555", "0123", "+1", "＋44", "(0)", "x", "ー", "ext.", "-", "–", " ", "\u00a0",
    "\u200b", "\n", "/", ".", ",", ":", "::", "fe80::1", "192.0.2.1", "v1.2.3.4", "4000 0012 6877 4858",
    "1C9bTGCnHuA7VkFyV6D5AH5nFBfnQA3Pns", "0x" + "aB" * 20, "DE10000000000911100710", "DE10 0000",
    "014-319-180", "950-37-6518", "SIN", "SSN", "046454286", "12 King Street", "12", "rue", "rue de la Paix",
    "King", "St", "Ave.", ", ON", "K1A 0B1", "k1ſ 2b3", "K1A 0B1", "PO Box 12", "case postale 3", "C. P. 4",
    "<URL>", "<HANDLE>", "<PERSON>", "<", ">", "(", ")", "'s", "é", "e\u0301", "José", "😀", "\0", "\ufdd0",
    "#tag", "$5",
]  # fmt: skip
hostile_texts = st.lists(
    st.sampled_from(PIECES) | st.text(max_size=3) | st.text("0123456789 .-()+", max_size=9), max_size=9
).map("".join)


def spans(results: list[Any]) -> list[tuple[str, int, int, float]]:
    return sorted((result.entity_type, result.start, result.end, result.score) for result in results)


def assert_same_as_engine(redactor: Redactor, text: str) -> None:
    assert spans(redactor.analyzer.find(text)) == spans(redactor.analyzer.engine.analyze(text, "en")), ascii(text)


@settings(max_examples=1500, deadline=None)
@given(text=hostile_texts)
def test_conditions_lose_nothing(redactor: Redactor, text: str) -> None:
    assert_same_as_engine(redactor, text)


FORMATS = [phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL]


def example_numbers() -> Iterator[str]:
    """An example of every kind of number of every region, as it is written at home and abroad."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in phonenumbers.PhoneNumberType.values():
            if number := phonenumbers.example_number_for_type(region, kind):
                for form in FORMATS:
                    yield phonenumbers.format_number(number, form)
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        if number := phonenumbers.example_number_for_non_geo_entity(code):
            yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def test_conditions_lose_no_telephone_number(redactor: Redactor) -> None:
    """Also with the gaps and the digits that phonenumbers takes for its own."""
    numbers = sorted(set(example_numbers()))
    wide = str.maketrans("0123456789+- ", "０１２３４５６７８９＋－\u3000")
    arabic = str.maketrans("0123456789- ", "٠١٢٣٤٥٦٧٨٩‐\u2060")
    for i, number in enumerate(numbers):
        assert_same_as_engine(redactor, f"Call {number}.")
        if i % 10 == 0:
            for odd in (
                number.translate(wide),
                number.translate(arabic),
                number.replace(" ", "~ ("),
                number.replace(" ", " ー"),
            ):
                assert_same_as_engine(redactor, odd)
    found = [
        any(f.entity == "PHONE_NUMBER" for f in redactor.redact(number, (), ()).findings) for number in numbers if "+" in number
    ]
    assert sum(found) / len(found) >= 0.99


@settings(max_examples=500, deadline=None)
@given(
    text=hostile_texts,
    facets=st.lists(
        st.builds(FacetSpan, st.integers(-5, 60) | st.integers(), st.integers(-5, 60), st.sampled_from(["HANDLE", "URL"])),
        max_size=3,
    ),
    names=st.lists(st.sampled_from(["alice", "king", "jose", "a b", "url", "x", "e", "12"]), max_size=2),
)
def test_redacting_again_changes_nothing(redactor: Redactor, text: str, facets: list[FacetSpan], names: list[str]) -> None:
    first = redactor.redact(text, facets, names)
    assert redactor.redact(text, facets, names) == first
    assert redactor.scan([first.text]) == [0]
    again = redactor.redact(first.text, (), names)
    assert (again.text, again.entities, again.findings) == (first.text, {}, [])
    assert all(0 <= finding.start < finding.end <= len(text) for finding in first.findings)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("@alice.bsky.social and @news.example.com", "<HANDLE> and <HANDLE>"),
        ("ask @plainname", "ask <HANDLE>"),
        ("@x.y.bsky.social", "<HANDLE>"),
        ("alice.bsky.social or alice.example.com, https://example.com/a", "<HANDLE> or <URL>, <URL>"),
        ("did:plc:abcdefghijklmnopqrstuvwx", "<DID>"),
        ("He lives at 12 King Street, Montreal", "He lives at <ADDRESS>"),
        ("@user.name_with.custom.tld", "<HANDLE>"),
        ("I agree.No way", None),
        ("1234567890 people", None),
        ("ok.so what", None),
        ("$2,502,345,678", None),
        ("v1.2.3.4", None),
        ("3-2 on 2024-11-05 at 12:30, 10.5 % of $4.99 @ 5pm #tag", None),
        ("(03-24-2025 17:30)", None),
        ("example.com, cbc.ca/news/x and gov.uk.", "<URL>, <URL> and <URL>."),
        ("first.last@example.com", "<EMAIL_ADDRESS>"),
        ("＠alice.bsky.social", "<HANDLE>"),
        ("(see bsky.app/profile/alice.bsky.social)", "(see <PROFILE_LINK>)"),
        ("card-4000001268774858- mine", "card-<CREDIT_CARD>- mine"),
        ("SSN-950-37-6518- and SIN: 046454286", "SSN-<US_SSN>- and SIN: <CA_SIN>"),
        ("social media has 123456789 users, sin los 100 200 300", None),
        ("a <URL> of <b>", None),
        ("@<URL>", None),
        ("12, rue de la Paix, Montréal (Québec) H2X 1Y4", "<ADDRESS>"),
        ("4000 0012 6877 4858 1C9bTGCnHuA7VkFyV6D5AH5nFBfnQA3Pns", "<CREDIT_CARD> <CRYPTO>"),
    ],
)
def test_redacts(redactor: Redactor, text: str, redacted: str | None) -> None:
    assert redactor.redact(text, (), ()).text == (text if redacted is None else redacted)


def test_facets_are_widened_cut_or_left_out() -> None:
    text = "é 😀 x"  # 2, 1, 4, 1 and 1 bytes
    marks = [(0, 1), (1, 3), (3, 4), (4, 99), (-5, 2), (5, 5), (8, 3), (9, 12), (2**60, 2**62)]
    found = facet_findings(text, [FacetSpan(*mark, "URL") for mark in marks])
    assert [(f.start, f.end) for f in found] == [(0, 1), (0, 2), (2, 3), (2, 5), (0, 1)]


def test_overlapping_findings_become_one() -> None:
    text = "@@alice.example.com now"
    findings = [
        Finding("HANDLE", "pattern", 1, 19), Finding("URL", "facet", 2, 7), Finding("URL", "pattern", 20, 21),
        Finding("PERSON", "name", 21, 23),
    ]  # fmt: skip
    assert merge(text, findings) == [Span("URL", 0, 19), Span("URL", 20, 21), Span("PERSON", 21, 23)]
    same = [Finding("URL", "pattern", 0, 5), Finding("PROFILE_LINK", "pattern", 0, 5)]
    assert merge(text, same) == [Span("PROFILE_LINK", 0, 5)]


def test_names_are_found_in_any_writing() -> None:
    text = "JOSÉ-Luis! jose\u0301 luís, Joseluis <PERSON> luis"
    assert [text[f.start : f.end] for f in name_findings(text, ["jose luis"])] == ["JOSÉ-Luis", "jose\u0301 luís"]
    assert [text[f.start : f.end] for f in name_findings(text, ["person", "luis"])] == ["Luis", "luís", "luis"]
    assert len(name_findings("a a a", ["a a", " "])) == 2


def test_a_placeholder_parts_a_name_and_is_none(redactor: Redactor) -> None:
    redaction = redactor.redact("John @ed.example.com Smith, John Smith", [], ["john smith", "john handle smith"])
    assert redaction.text == "John <HANDLE> Smith, <PERSON>"
    assert redaction.entities == {"HANDLE": 1, "PERSON": 1}
    assert {finding.source for finding in redaction.findings} == {"pattern", "name"}


def test_a_stream_is_taken_batch_by_batch(redactor: Redactor, capsys: pytest.CaptureFixture[str]) -> None:
    facet = pa.struct([("byte_start", pa.int64()), ("byte_end", pa.int64()), ("entity", pa.string())])
    schema = pa.schema(
        [("redaction_key", pa.string()), ("text", pa.string()), ("facets", pa.list_(facet)), ("names", pa.list_(pa.string()))]
    )
    rows = [
        {"redaction_key": "1", "text": "é @al.example.com", "facets": [{"byte_start": 3, "byte_end": 6, "entity": "HANDLE"}]},
        {"redaction_key": "2", "text": "hi Bram", "names": ["bram"]},
        {"redaction_key": "3", "text": "nothing"},
    ]
    batches = [pa.RecordBatch.from_pylist(rows, schema=schema), pa.RecordBatch.from_pylist([], schema=schema)]
    taken: list[int] = []
    source = pa.RecordBatchReader.from_batches(schema, (taken.append(i) or batch for i, batch in enumerate(batches)))
    reader = pa.RecordBatchReader.from_batches(REDACTIONS, redactor.stream(source, total=3))
    first = reader.read_next_batch()
    assert taken == [0]
    assert first.to_pylist() == [
        {
            "redaction_key": "1",
            "redacted_text": "é <HANDLE>",
            "entities": [{"entity": "HANDLE", "n": 1}],
            "findings": [
                {"entity": "HANDLE", "source": "facet", "char_start": 2, "char_end": 5},
                {"entity": "HANDLE", "source": "pattern", "char_start": 2, "char_end": 17},
            ],
        },
        {
            "redaction_key": "2",
            "redacted_text": "hi <PERSON>",
            "entities": [{"entity": "PERSON", "n": 1}],
            "findings": [{"entity": "PERSON", "source": "name", "char_start": 3, "char_end": 7}],
        },
        {"redaction_key": "3", "redacted_text": "nothing", "entities": [], "findings": []},
    ]
    assert reader.read_all().num_rows == 0
    assert reader.schema == REDACTIONS
    assert capsys.readouterr().err == ""


def sample_posts() -> dict[str, list[str]]:
    """Every text ever written to a post of the sample, by URI."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SAMPLE.glob("archive/**/*.zst")):
        for line in zstd.decompress(path.read_bytes()).splitlines():
            try:
                event = json.loads(line)
                commit = event["commit"]
                uri = f"at://{event['did']}/{commit['collection']}/{commit['rkey']}"
                found[uri].append(commit["record"]["text"])
            except (ValueError, KeyError, TypeError):
                continue
    return found


def test_what_the_sample_plants_is_found(redactor: Redactor) -> None:
    posts = sample_posts()
    cases = []
    for planted in map(json.loads, (SAMPLE / "truth/pii.ndjson").read_text(encoding="utf-8").splitlines()):
        text = next(text for text in posts[planted["uri"]] if text[planted["start"] : planted["end"]] == planted["value"])
        truth = [Span(planted["entity"], planted["start"], planted["end"])]
        cases += analysed(redactor, [Case(text, truth, [])])
    recall = {entity: score.recall for entity, score in measure(cases).items() if score.n_true}
    assert recall.pop("PERSON") == 0  # known names come from the warehouse
    assert recall.pop("ADDRESS") >= 0.9
    assert set(recall.values()) == {1.0}
    assert len(recall) == 12


def test_templates_are_found_and_hard_negatives_are_not(redactor: Redactor) -> None:
    cases = analysed(redactor, template_cases(seed=7, n=3000))
    scores = measure(cases)
    assert all(scores[entity].recall >= 0.99 for entity in STRICT)  # type: ignore[operator]
    assert all(score.recall >= 0.9 for entity, score in scores.items() if entity not in {"PERSON", "LOCATION"})  # type: ignore[operator]
    negatives = [case for case in cases if not case.truth]
    assert len(negatives) > 600
    assert sum(bool(case.found) for case in negatives) <= len(negatives) // 100
    assert template_cases(7, 50) == template_cases(7, 50) != template_cases(8, 50)


def test_measure() -> None:
    cases = [
        Case("0123456789", [Span("A", 0, 4), Span("B", 6, 8)], [Span("A", 0, 3), Span("B", 6, 9)]),
        Case("0123456789", [Span("A", 0, 4)], [Span("C", 0, 4), Span("A", 8, 10)]),
    ]
    scores = measure(cases)
    assert scores["A"][:7] == (2, 1, 2, 1, 0.5, 0.5, 0.5)
    assert scores["A"].point_recall == 7 / 8
    assert scores["A"].point_precision == 3 / 5
    assert scores["B"].f2 == 1
    assert scores["C"][:7] == (0, 0, 1, 0, None, 1, None)


def test_a_spacy_model_finds_people_and_places(tmp_path: Path) -> None:
    import spacy

    pipeline = spacy.blank("en")
    patterns = [("PERSON", "Vesna Silverlock"), ("PERSON", "URL"), ("GPE", "Fernhill"), ("ORG", "Acme")]
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": words} for label, words in patterns])  # type: ignore[attr-defined]
    pipeline.to_disk(tmp_path / "model")
    redactor = Redactor(ner=str(tmp_path / "model"))
    text = "Vesna Silverlock left Fernhill and Acme: <URL> example.com"
    redaction = redactor.redact(text, (), ())
    assert redaction.text == "<PERSON> left <LOCATION> and Acme: <URL> <URL>"
    assert redactor.scan([redaction.text, text]) == [0, 3]
    assert_same_as_engine(redactor, text)


def test_a_transformers_model_finds_people(tmp_path: Path) -> None:
    """A classifier of one layer that takes every word for a person's."""
    import torch
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    (tmp_path / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "vesna", "left"]))
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8, "vocab_size": 7}
    model = BertForTokenClassification(BertConfig(**shape, id2label={0: "O", 1: "B-PER"}))
    torch.nn.init.zeros_(model.classifier.weight)
    model.classifier.bias.data = torch.tensor([0.0, 5.0])
    model.save_pretrained(tmp_path)
    redactor = Redactor(ner=f"transformers:{tmp_path}")
    assert redactor.redact("Vesna <URL>", (), ()).text == "<PERSON> <URL>"
    assert_same_as_engine(redactor, "Vesna left example.com")


def test_a_text_that_never_comes_clean_goes(redactor: Redactor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redactor, "_find", lambda text, names: [Finding("PERSON", "pattern", 0, 1)])
    redaction = redactor.redact("a", (), ())
    assert (redaction.text, redaction.entities) == ("<REDACTED>", {"REDACTED": 1})


@pytest.mark.parametrize("setting", ["no_such_model", "transformers:nobody/no-such-model", "transformers:{folder}", "{folder}"])
def test_a_model_that_cannot_be_had_is_said(setting: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^Setting ner: .*\.$"):
        Redactor(ner=setting.format(folder=tmp_path))


def test_the_version_is_had_without_presidio() -> None:
    code = (
        "import sys; from simpact.redaction.version import recogniser_version; print(recogniser_version());"
        "import simpact.redaction.redactor; assert not {'presidio_analyzer', 'phonenumbers', 'tldextract'} & set(sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == recogniser_version()
    assert len(recogniser_version()) == 12
