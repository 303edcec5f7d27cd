"""The synthetic archive: the same for the same seed, like real traffic, and true to the truth written beside it."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from oracle import ROOT, Settings, fold, read_line
from simpact.cli import main
from simpact.compression import zstd
from simpact.sample.identifiers import did, tid
from simpact.sample.writer import write_sample

BUNDLED = ROOT / "seeds/sample"
MADE_WITH = ["sample", "--events", "50000", "--seed", "1"]


def read(folder: Path) -> dict[str, bytes]:
    """The content of an archive by file name, decompressed."""
    return {str(path.relative_to(folder)): zstd.decompress(path.read_bytes()) for path in sorted(folder.rglob("*.zst"))}


@pytest.fixture(scope="module")
def archive() -> dict[str, list[bytes]]:
    return {name: content.removesuffix(b"\n").split(b"\n") for name, content in read(BUNDLED / "archive").items()}


@pytest.fixture(scope="module")
def posts(archive: dict[str, list[bytes]]) -> dict[str, list[dict[str, Any]]]:
    """Every record ever written to a post, by URI."""
    found: dict[str, list[dict[str, Any]]] = {}
    for lines in archive.values():
        for line in lines:
            event = read_line(None, line)  # type: ignore[arg-type]
            if not isinstance(event, str) and event.collection == "app.bsky.feed.post" and event.record:
                found.setdefault(event.uri, []).append(event.record)
    return found


def test_the_bundled_sample_is_what_the_generator_makes(tmp_path: Path) -> None:
    assert main([*MADE_WITH, "--out", str(tmp_path)]) == 0
    assert read(tmp_path / "archive") == read(BUNDLED / "archive")
    for name in ("users.ndjson", "pii.ndjson"):
        assert (tmp_path / "truth" / name).read_bytes() == (BUNDLED / "truth" / name).read_bytes()


def test_the_bundled_sample_is_small_and_has_every_action(archive: dict[str, list[bytes]]) -> None:
    assert sum(path.stat().st_size for path in (BUNDLED / "archive").rglob("*.zst")) <= 3 << 20
    folded = fold(archive)
    threads = {action: count for (action, outcome), count in folded.coverage.items() if outcome == "threaded"}
    assert len(threads) == 13
    assert min(threads.values()) >= 40
    assert len(folded.in_scope) >= 500
    assert set(folded.rejects.values()) == {
        "too_long", "not_utf8", "too_deep", "blank", "git_conflict_marker", "cut_off", "not_json", "not_an_event",
    }  # fmt: skip
    wide = fold(archive, Settings(min_posts_per_user=1, languages="all"))
    outcomes = {outcome for _, outcome in folded.coverage} | {outcome for _, outcome in wide.coverage}
    assert outcomes >= {"reply_cycle", "target_withheld", "no_text", "text_superseded", "actor_disallows", "duplicate"}


def test_the_mix_is_near_that_of_real_traffic(archive: dict[str, list[bytes]]) -> None:
    """Shares of all lines, against J100 and T of the measured traffic; the rare actions are raised on purpose."""
    events = [event for lines in archive.values() for line in lines if not isinstance(event := read_line(None, line), str)]  # type: ignore[arg-type]
    creates = Counter(event.collection for event in events if event.operation == "create")
    share = {name: count / len(events) for name, count in creates.items()}
    assert 0.40 <= share["app.bsky.feed.like"] <= 0.66
    assert 0.10 <= share["app.bsky.graph.follow"] <= 0.37
    assert 0.08 <= share["app.bsky.feed.post"] <= 0.22
    assert 0.05 <= share["app.bsky.feed.repost"] <= 0.12
    posts = [event.record or {} for event in events if event.collection == "app.bsky.feed.post" and event.operation == "create"]
    assert 0.30 <= sum("reply" in post for post in posts) / len(posts) <= 0.52
    assert 0.07 <= sum("langs" not in post for post in posts) / len(posts) <= 0.12
    kinds = Counter(event.kind for event in events)
    assert kinds["account"] and kinds["identity"] and kinds["sync"]
    times = [event.time_us for event in events]
    assert 0 < sum(later < earlier for earlier, later in itertools.pairwise(times)) < len(times) / 50


def test_planted_pii_stands_where_the_truth_says(posts: dict[str, list[dict[str, Any]]]) -> None:
    truth = [json.loads(line) for line in (BUNDLED / "truth/pii.ndjson").read_text().splitlines()]
    for planted in truth:
        texts = [record.get("text", "") for record in posts[planted["uri"]]]
        assert planted["value"] in {text[planted["start"] : planted["end"]] for text in texts}
    counts = Counter(planted["entity"] for planted in truth)
    assert counts.keys() == {
        "HANDLE", "DID", "AT_URI", "URL", "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "CRYPTO", "IP_ADDRESS", "IBAN_CODE",
        "CA_SIN", "US_SSN", "ADDRESS", "PERSON",
    }  # fmt: skip
    assert min(counts.values()) >= 5


def test_facets_mark_what_they_name_by_utf8_bytes(posts: dict[str, list[dict[str, Any]]]) -> None:
    marked = 0
    for record in (record for records in posts.values() for record in records):
        for facet in record.get("facets", []):
            index, (feature,) = facet["index"], facet["features"]
            piece = record["text"].encode()[index["byteStart"] : index["byteEnd"]].decode()
            marked += 1
            if "tag" in feature:
                assert piece == f"#{feature['tag']}"
            if "did" in feature:
                assert piece.startswith("@")
    assert marked > 1000


def test_groups_have_words_and_habits_of_their_own(archive: dict[str, list[bytes]]) -> None:
    """The latent groups can be recovered: a user's own group's objects are by far the most frequent in their posts."""
    import tomllib

    vocabulary = tomllib.loads((ROOT / "python_models/simpact/sample/vocabulary.toml").read_text())["groups"]
    users = {user["did"]: user for user in map(json.loads, (BUNDLED / "truth/users.ndjson").read_text().splitlines())}
    right = total = 0
    for lines in archive.values():
        for line in lines:
            event = read_line(None, line)  # type: ignore[arg-type]
            if isinstance(event, str) or event.collection != "app.bsky.feed.post" or not event.record:
                continue
            user, text = users.get(event.did), event.record.get("text") or ""
            if not user or user["language"] != "en" or len(text) < 60 or len(text) > 600:
                continue
            scores = {group: sum(words in text for words in part["objects"]) for group, part in vocabulary.items()}
            if max(scores.values()):
                total += 1
                right += scores[user["group"]] == max(scores.values())
    assert total > 2000
    assert right / total > 0.97


def test_no_identifier_of_a_real_form_belongs_to_the_alphabet_of_another() -> None:
    assert len(did(1, 2)) == len("did:plc:") + 24
    assert did(1, 2) != did(2, 2)
    moments = [0, 1, 1_700_000_000_000_000, 1_741_046_400_000_000]
    assert [tid(moment, 0) for moment in moments] == sorted(tid(moment, 0) for moment in moments)
    assert tid(1_741_046_400_000_000, 5)[0] in "234567abcdefghij"


def test_another_seed_is_another_world(tmp_path: Path) -> None:
    write_sample(500, 1, tmp_path / "one")
    write_sample(500, 2, tmp_path / "two")
    one, two = (set((tmp_path / name / "truth/users.ndjson").read_text().splitlines()) for name in ("one", "two"))
    assert not one & two


@pytest.mark.parametrize("events", [1, 19, 300])
def test_it_writes_as_many_lines_as_asked(tmp_path: Path, events: int) -> None:
    write_sample(events, 3, tmp_path)
    assert sum(content.count(b"\n") for content in read(tmp_path / "archive").values()) == events


def test_bad_input_is_one_clear_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "something").write_text("")
    with pytest.raises(SystemExit) as exit_:
        main(["sample", "--events", "5", "--out", str(tmp_path)])
    assert exit_.value.code == 2
    assert capsys.readouterr().err == f"simpact: {tmp_path} is not empty: choose another --out\n"
    with pytest.raises(SystemExit):
        main(["sample", "--events", "0", "--out", str(tmp_path / "new")])
    assert "'0' is not a whole number from 1 on" in capsys.readouterr().err


def test_memory_does_not_grow_with_events(tmp_path: Path) -> None:
    """Four times the events, with the same people, take no more memory."""
    script = """
import resource, sys, pathlib, simpact.sample.writer as writer
writer.EVENTS_PER_PERSON = int(sys.argv[1]) // 500
writer.write_sample(int(sys.argv[1]), 1, pathlib.Path(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    peaks = []
    for events in (40_000, 160_000):
        command = [sys.executable, "-c", script, str(events), str(tmp_path / str(events))]
        peaks.append(int(subprocess.run(command, capture_output=True, check=True).stdout))
    assert peaks[1] < peaks[0] * 1.15
