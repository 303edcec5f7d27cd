"""The human evaluation: what is shown tells nothing, what is answered is scored as the paper scores it and with its doubts."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from browser import ARE_MISSING, Browser, until
from simpact.attacks.statistics import wilson
from simpact.cli import main
from simpact.errors import UserError
from simpact.human.items import BROKEN, CHOSEN, ITEMS, Chosen, LeftOut, choose_items, word_counts
from simpact.human.page import KEY, PAGE, TEMPLATE, write_page
from simpact.human.scores import HUMAN_SCORES, POOLED, score_answers, scores_text
from simpact.human.statistics import equivalence_p, krippendorff_alpha
from simpact.keys import Key

MODELS = ["adapter", "base"]
SECRET = b"k" * 32
HOSTILE = """</script><img src=x onerror="alert(1)"><b>bold</b> <!-- &lt; {{data}} \u2028 \u202e"""
SENTENCE = "the school roof leaks again and nobody on the council wants to pay for it before winter comes"
WORDS = SENTENCE.split()


def nothing_found(texts: Sequence[str]) -> list[bool]:
    return [False] * len(texts)


def rows_of(n_threads: int, n_personas: int = 3) -> list[dict[str, Any]]:
    """Threads, each with one text of each model, of which every pair is near in length."""
    return [
        {
            "thread_id": thread,
            "model": model,
            "persona_id": thread % n_personas,
            "context": [{"speaker": "user_0", "gap": None, "text": f"question {thread}"}],
            "real_text": f"real {thread} " + " ".join(WORDS[: 4 + thread % 9]),
            "generated_text": f"{model} {thread} " + " ".join(WORDS[-4 - thread % 9 :]),
        }
        for thread in range(n_threads)
        for model in MODELS
    ]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=ITEMS)


def chosen_of(rows: list[dict[str, Any]], n: int, seed: int = 1) -> Chosen:
    return choose_items(table(rows), n, MODELS, seed, nothing_found)


def written(folder: Path, n: int = 38, secret: bytes = SECRET) -> tuple[dict[str, Any], dict[str, Any]]:
    """A page and its key, as what they hold."""
    write_page(chosen_of(rows_of(80), n), Key(secret), folder, "a lab")
    return page_data(folder), json.loads((folder / KEY).read_text())


def page_data(folder: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', (folder / PAGE).read_text(), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


class Study:
    """A key file of items of one page, and files of answers to them."""

    def __init__(self, folder: Path, models: dict[str, int], n_checks: int = 0) -> None:
        self.folder, self.key_file = folder, folder / KEY
        self.items = {
            f"{model}-{number}": self.told(model, number) for model, n_items in models.items() for number in range(n_items)
        } | {f"check-{number}": self.told(None, number) for number in range(n_checks)}
        self.key_file.write_text(json.dumps({"page": "p1", "items": self.items}))
        self.files: list[Path] = []

    @staticmethod
    def told(model: str | None, number: int) -> dict[str, Any]:
        return {
            "human": "AB"[number % 2],
            "model": model,
            "persona_id": 0,
            "thread_id": number,
            "is_check": model is None,
            "human_words": 8 + number % 3,
            "generated_words": 9,
        }

    def add(self, answers: dict[str, str], /, milliseconds: int = 9000, passed: bool = True, **other: Any) -> Path:
        """A file with answers that are right, wrong or unsure."""
        side = {"right": "AB", "wrong": "BA", "unsure": ("unsure", "unsure")}
        saved = {
            "page": "p1",
            "rater": f"rater {len(self.files)}",
            "check": {"tries": 1, "passed": passed},
            "answers": [
                {"item": item, "answer": side[given]["AB".index(self.items[item]["human"])], "milliseconds": milliseconds}
                for item, given in answers.items()
            ],
        }
        self.files.append(self.folder / f"answers_{len(self.files)}.json")
        self.files[-1].write_text(json.dumps(saved | other))
        return self.files[-1]

    def scores(self, **settings: Any) -> dict[str, dict[str, Any]]:
        scored = score_answers(self.files, self.key_file, seed=1, **settings)
        assert scored.schema == HUMAN_SCORES
        return {row["model"]: row for row in scored.to_pylist()}


def test_models_and_personas_are_shown_equally_often() -> None:
    chosen = chosen_of(rows_of(80), 38)
    pairs = [row for row in chosen.items.to_pylist() if not row["is_check"]]
    assert Counter(row["model"] for row in pairs) == {"adapter": 19, "base": 19}
    cells = Counter((row["model"], row["persona_id"]) for row in pairs)
    assert len(cells) == 6 and max(cells.values()) - min(cells.values()) <= 1
    assert len({row["thread_id"] for row in chosen.items.to_pylist()}) == 40  # each once, the two checks too
    assert chosen.left_out == LeftOut(empty=0, personal_data=0, same_text=0, length=0, pairs_missing=0)
    assert chosen.items.schema == CHOSEN


def test_one_item_in_twenty_is_a_check_whose_other_text_is_scrambled() -> None:
    for n in (38, 39):
        items = chosen_of(rows_of(80), n).items.to_pylist()
        checks = [row for row in items if row["is_check"]]
        assert len(checks) >= 0.05 * len(items)
    for row in checks:
        assert row["model"] is None
        assert sorted(row["generated_text"].replace(BROKEN, "").split()) == sorted(row["real_text"].split())
        assert BROKEN in row["generated_text"] and row["real_text"] not in row["generated_text"]


def test_rows_that_cannot_be_shown_are_left_out_and_counted() -> None:
    rows = rows_of(20)
    rows[0]["generated_text"] = "\n "
    rows[2]["real_text"] = None
    rows[4]["context"] = [{"speaker": "user_0", "gap": None, "text": "call 555-0100"}]
    rows[6]["generated_text"] = rows[6]["real_text"].replace(" ", "  ")
    rows[8]["generated_text"] = rows[8]["real_text"] + " and so on" * 3  # 10 words against 19
    seen: list[str] = []

    def scan(texts: Sequence[str]) -> list[bool]:
        seen.extend(texts)
        return ["555-0100" in text for text in texts]

    chosen = choose_items(table(rows), 100, MODELS, 1, scan)
    assert chosen.left_out[:4] == (2, 1, 1, 1)
    assert chosen.left_out.pairs_missing == 100 - sum(not row["is_check"] for row in chosen.items.to_pylist())
    assert "555-0100" not in json.dumps(chosen.items.to_pylist())
    assert len(seen) == len(set(seen))


def test_lengths_are_near_within_a_quarter_or_two_words() -> None:
    assert word_counts(pa.chunked_array([["a b  c", "", " \n", None, "a\u00a0b"]])).tolist() == [3, 0, 0, 0, 2]
    for n_real, n_generated, is_near in [(1, 3, True), (1, 4, False), (12, 16, True), (12, 17, False), (20, 15, True)]:
        rows = rows_of(12)
        for row in rows:
            row["real_text"] = f"r{row['thread_id']} " + "a " * (n_real - 1)
            row["generated_text"] = f"g{row['thread_id']} " + "b " * (n_generated - 1)
        rows[:12] = rows_of(6)  # for the checks, and one pair of each model
        assert (chosen_of(rows, 2).left_out.length == 0) == is_near


def test_no_real_text_is_shown_again_or_in_the_context_of_another_item() -> None:
    rows = rows_of(30)
    for row in rows[:20]:
        row["real_text"] = "the same short words as ever"  # of ten threads
    for row in rows[20:40]:
        row["context"] = [{"speaker": "user_1", "gap": "hours", "text": f" real {row['thread_id'] + 10} " + "  ".join(WORDS)}]
        rows[row["thread_id"] * 2 + 20]["real_text"] = row["context"][0]["text"]
    for seed in range(5):
        shown = chosen_of(rows, 60, seed).items.to_pylist()
        answers = [" ".join(row["real_text"].split()) for row in shown]
        assert len(set(answers)) == len(answers)
        for row in shown:
            context = {" ".join(message["text"].split()) for message in row["context"]}
            assert not context & set(answers)


def test_the_same_seed_shows_the_same_whatever_the_order_of_rows() -> None:
    rows = rows_of(40)
    assert chosen_of(rows, 20).items == chosen_of(rows[::-1], 20).items
    assert chosen_of(rows, 20).items != chosen_of(rows, 20, seed=2).items


def test_too_few_texts_are_said_with_the_remedy() -> None:
    with pytest.raises(UserError, match="not one pair for each of the models adapter, other"):
        choose_items(table(rows_of(20)), 10, ["adapter", "other"], 1, nothing_found)
    with pytest.raises(UserError, match=r"2 attention checks need .* there are 0"):
        chosen_of([], 10)


def test_each_side_is_the_human_one_in_half_of_each_models_items(tmp_path: Path) -> None:
    page, key = written(tmp_path)
    assert {item["id"] for item in page["items"]} == set(key["items"]) and page["page"] == key["page"]
    for model in (*MODELS, None):
        sides = Counter(told["human"] for told in key["items"].values() if told["model"] == model)
        assert abs(sides["A"] - sides["B"]) <= 1
    for item in page["items"]:
        told = key["items"][item["id"]]
        human, other = (item["a"], item["b"]) if told["human"] == "A" else (item["b"], item["a"])
        assert human.startswith(f"real {told['thread_id']} ")
        assert BROKEN in other if told["is_check"] else other.startswith(f"{told['model']} {told['thread_id']} ")


def test_the_page_holds_nothing_of_the_key_and_another_secret_gives_other_sides(tmp_path: Path) -> None:
    page, key = written(tmp_path / "one")
    assert set(page) == {"page", "contact", "items"}
    assert all(set(item) == {"id", "context", "a", "b"} for item in page["items"])
    assert [item["id"] for item in page["items"]] == sorted(key["items"])  # an order that the key makes
    held = (tmp_path / "one" / PAGE).read_text() + (tmp_path / "one" / KEY).read_text()
    assert SECRET.decode() not in held and SECRET.hex() not in held
    assert not re.search(r"thread_id|persona_id|is_check", (tmp_path / "one" / PAGE).read_text())
    assert stat.S_IMODE((tmp_path / "one" / KEY).stat().st_mode) == 0o600

    _, other = written(tmp_path / "two", secret=b"o" * 32)
    by_thread = [{told["thread_id"]: told["human"] for told in k["items"].values()} for k in (key, other)]
    same = sum(by_thread[0][thread] == by_thread[1][thread] for thread in by_thread[0])
    assert 8 <= same <= 32  # of 40
    assert not set(key["items"]) & set(other["items"])


def test_a_page_is_written_again_byte_by_byte_but_never_over_the_key_of_another(tmp_path: Path) -> None:
    written(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    written(tmp_path)
    assert set(before) == {PAGE, KEY}
    with pytest.raises(UserError, match="is the key of another page"):
        written(tmp_path, n=20)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# Counts of the paper's notebook; the Wald interval is the paper's, the Wilson interval was computed apart.
@pytest.mark.parametrize(
    ("correct", "incorrect", "unsure", "accuracy", "wald", "low", "high"),
    [
        (40, 31, 4, 0.560, (0.448, 0.672), 0.447, 0.667),
        (56, 32, 15, 0.617, (0.523, 0.710), 0.520, 0.705),
        (81, 31, 2, 0.719, (0.637, 0.802), 0.631, 0.794),
        (81, 24, 6, 0.757, (0.677, 0.837), 0.669, 0.827),
        (103, 31, 0, 0.769, (0.697, 0.840), 0.690, 0.832),
    ],
)
def test_scores_of_the_papers_counts_are_the_papers(
    tmp_path: Path,
    correct: int,
    incorrect: int,
    unsure: int,
    accuracy: float,
    wald: tuple[float, float],
    low: float,
    high: float,
) -> None:
    study = Study(tmp_path, {"m": correct + incorrect + unsure})
    given = ["right"] * correct + ["wrong"] * incorrect + ["unsure"] * unsure
    study.add(dict(zip(study.items, given, strict=True)))
    row = study.scores()["m"]
    assert (row["correct"], row["incorrect"], row["unsure"], row["n"]) == (correct, incorrect, unsure, len(given))
    assert [row["accuracy"], row["accuracy_low"], row["accuracy_high"]] == pytest.approx([accuracy, low, high], abs=0.0005)
    half = 1.96 * (row["accuracy"] * (1 - row["accuracy"]) / row["n"]) ** 0.5
    assert (row["accuracy"] - half, row["accuracy"] + half) == pytest.approx(wald, abs=0.0006)
    decided = wilson(correct, correct + incorrect).interval()
    assert row["decided_accuracy"] == correct / (correct + incorrect)
    assert (row["decided_low"], row["decided_high"]) == decided
    assert row["rater_low"] is None and row["alpha"] is None  # of one rater
    assert row["verdict"] == ("undecided" if correct == 40 else "different")


def test_equivalence_is_shown_by_270_answers_nine_times_in_ten() -> None:
    # 0.56 of 75: (0.56 - 0.6) / sqrt(0.24 / 75) = -0.7071, of which the normal distribution has 0.2398 below.
    assert equivalence_p(0.56, 75) == pytest.approx(0.2398, abs=1e-4)
    assert equivalence_p(0.44, 75) == pytest.approx(equivalence_p(0.56, 75))
    assert equivalence_p(0.56, 75, clustered_error=0.08) == pytest.approx(0.3085, abs=1e-4)  # half an error below the bound
    assert equivalence_p(0.6, 10_000) == pytest.approx(0.5)
    hits = np.random.default_rng(1).binomial(270, 0.5, size=2000) / 270
    assert np.mean([equivalence_p(rate, 270) < 0.05 for rate in hits]) == pytest.approx(0.9, abs=0.02)


# Krippendorff 2011, sections A, B and C: alpha 0.095, 0.692 and 0.743; "." is no answer.
@pytest.mark.parametrize(
    ("raters", "alpha"),
    [
        (["0100000010", "1110010000"], 0.095),
        (["aabbdcccedda", "babbbccceddd"], 0.692),
        (["123321412...", "12332241 25.3".replace(" ", ""), ".333234225" + "1.", "12332441251."], 0.743),
    ],
)
def test_alpha_is_krippendorffs_own(raters: list[str], alpha: float) -> None:
    values = sorted(set("".join(raters)) - {"."})
    counts = np.array([[sum(rater[item] == value for rater in raters) for value in values] for item in range(len(raters[0]))])
    assert krippendorff_alpha(counts) == pytest.approx(alpha, abs=0.0005)


def test_alpha_of_no_pairs_or_no_variety_is_none() -> None:
    assert krippendorff_alpha(np.array([[1, 0], [0, 1]])) is None
    assert krippendorff_alpha(np.array([[2, 0], [3, 0]])) is None
    assert krippendorff_alpha(np.array([[2, 0], [0, 2]])) == 1


def test_simulated_raters_give_back_the_accuracy_they_were_made_with(tmp_path: Path) -> None:
    study = Study(tmp_path, {"near": 100, "far": 100}, n_checks=10)
    rng = np.random.default_rng(3)
    truth = {"near": 0.5, "far": 0.75}
    for _ in range(12):
        is_right = {item: told["is_check"] or rng.random() < truth[told["model"]] for item, told in study.items.items()}
        study.add({item: "right" if right else "wrong" for item, right in is_right.items()}, milliseconds=7000)
    rows = study.scores()
    for model, accuracy in truth.items():
        row = rows[model]
        assert row["n"] == 1200 and row["items"] == row["shared_items"] == 100 and row["raters"] == 12
        assert row["accuracy"] == pytest.approx(accuracy, abs=0.03)
        assert row["accuracy_low"] < accuracy < row["accuracy_high"] and row["rater_low"] < accuracy < row["rater_high"]
        # Two raters agree with p² + q², by chance with one half.
        assert row["alpha"] == pytest.approx((2 * accuracy - 1) ** 2, abs=0.05)
        assert row["median_seconds"] == 7
    assert (rows["near"]["verdict"], rows["far"]["verdict"]) == ("equivalent", "different")
    assert rows[POOLED]["n"] == 2400
    assert rows[POOLED]["accuracy"] == pytest.approx((rows["near"]["accuracy"] + rows["far"]["accuracy"]) / 2)
    # Of three items one is longer, one shorter, one equal.
    assert rows[POOLED]["longer_accuracy"] == pytest.approx(0.5, abs=0.01)


def test_raters_who_disagree_widen_the_interval_and_the_test(tmp_path: Path) -> None:
    study = Study(tmp_path, {"m": 200})
    for number in range(6):  # three are always right, three always wrong
        study.add(dict.fromkeys(study.items, "right" if number % 2 else "wrong"))
    row = study.scores()["m"]
    assert row["accuracy"] == 0.5 and row["accuracy_high"] - row["accuracy_low"] < 0.06
    assert row["rater_low"] < 0.2 and row["rater_high"] > 0.8
    assert equivalence_p(0.5, 1200) < 1e-9 and row["equivalence_p"] > 0.2 and row["verdict"] == "undecided"


def test_raters_who_failed_and_answers_too_fast_are_left_out_and_counted(tmp_path: Path) -> None:
    study = Study(tmp_path, {"m": 4}, n_checks=3)
    pairs = {f"m-{number}": "right" for number in range(4)}
    study.add(pairs | {"check-0": "right", "check-1": "right", "check-2": "wrong"})  # one slip in three
    study.add(pairs | {"check-0": "right", "check-1": "unsure", "check-2": "wrong"})
    study.add({}, passed=False)
    study.add(pairs, milliseconds=1999)  # met no check
    row = study.scores()["m"]
    assert (row["n"], row["raters"]) == (4, 1)
    assert (row["raters_check_failed"], row["raters_inattentive"], row["answers_too_fast"]) == (1, 1, 4)
    assert study.scores(floor_seconds=1.0, most_checks_failed=1.0)["m"]["n"] == 12


def test_no_answers_are_a_row_without_rates(tmp_path: Path) -> None:
    study = Study(tmp_path, {"m": 4})
    study.add({}, passed=False)
    row = study.scores()["m"]
    assert (row["n"], row["accuracy"], row["equivalence_p"], row["verdict"]) == (0, None, None, "undecided")
    assert "Left out: 1 raters" in scores_text(score_answers(study.files, study.key_file, seed=1))


def test_every_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    study = Study(tmp_path, {"m": 4})
    study.add({"m-0": "right"})
    study.add({}, page="p2")
    study.add({}, rater="rater 0")
    answer = {"item": "m-1", "answer": "A", "milliseconds": 5}
    damaged: list[Any] = [
        {"answers": [answer, answer]},
        {"answers": [answer | {"item": "m-9"}]},
        {"answers": [answer | {"answer": "C"}]},
        {"answers": [answer | {"milliseconds": -1}]},
        {"answers": [answer | {"milliseconds": None}]},
        {"answers": {"m-1": "A"}},
        {"check": None},
        {"rater": 7},
    ]
    for other in damaged:
        study.add({}, **other)
    for content in (b'{"page": "p1"', b"[]", b"\xff", b"null"):
        study.add({}).write_bytes(content)
    study.files.append(tmp_path / "missing.json")
    with pytest.raises(UserError) as raised:
        study.scores()
    said = str(raised.value)
    assert said.startswith("15 of 16 answer files cannot be used: answers_1.json has answers to another page; ")
    assert "answers_2.json is of the same rater as answers_0.json" in said
    assert all(f"{path.name} is damaged" in said for path in study.files[3:])
    with pytest.raises(UserError, match="is not the key file of an evaluation"):
        score_answers([], study.files[0], seed=1)


def test_a_file_that_is_missing_or_a_folder_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, sentence in ((tmp_path / "typo.json", "There is no '{}'."), (tmp_path, "'{}' is a folder, not a file.")):
        with pytest.raises(SystemExit):
            main(["human-scores", str(path), str(path)])
        assert capsys.readouterr().err == f"simpact: {sentence.format(path)}\n"


def test_words_stand_out_from_their_ground_in_light_and_dark() -> None:
    style = TEMPLATE.read_text()
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    )
    assert set(light) == set(dark)
    pairs = [("ink", "ground"), ("ink", "card"), ("soft", "ground"), ("soft", "card"), ("accent", "ground"), ("accent", "card")]
    pairs += [("on-accent", "accent"), ("warn", "warn-ground")]
    for theme in (light, dark):
        for words, ground in pairs:
            darker, lighter = sorted(luminance(theme[name]) for name in (words, ground))
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.skipif(bool(ARE_MISSING), reason=f"not on PATH: {', '.join(ARE_MISSING)}")
def test_a_rater_walks_through_the_page(tmp_path: Path) -> None:
    rows = rows_of(8)
    hostile = {"speaker": HOSTILE, "gap": "hours", "text": HOSTILE}
    for row in rows:
        row["context"] = [hostile] if row["thread_id"] % 2 else []
        row["generated_text"] = f"{row['model']} {row['thread_id']} {HOSTILE}"
        row["real_text"] = f"real {row['thread_id']} {HOSTILE}"
    write_page(chosen_of(rows, 6), Key(SECRET), tmp_path / "study", HOSTILE)
    page, told = tmp_path / "study" / PAGE, json.loads((tmp_path / "study" / KEY).read_text())["items"]

    with Browser(tmp_path / "browser") as browser:
        browser.post("/url", {"url": "about:blank"})
        browser.requested()  # by the page that the browser opens with
        browser.open(page)
        assert visible(browser) == "consent"
        assert browser.run("return document.getElementById('contact').textContent") == HOSTILE
        browser.click("#agree")
        check(browser, "better")
        assert visible(browser) == "check" and "one more try" in browser.run("return notice.textContent")
        check(browser, "human")

        for number in range(8):
            assert visible(browser) == "rate"
            item = browser.run("return state.order[state.answers.length]")
            texts = browser.run("return ['text-a', 'text-b'].map((id) => document.getElementById(id).textContent)")
            assert texts["AB".index(told[item]["human"])] == f"real {told[item]['thread_id']} {HOSTILE}"
            context = browser.run("return [...document.querySelectorAll('#context p')].map((p) => p.textContent)")
            assert context == ([HOSTILE] if told[item]["thread_id"] % 2 else [])
            if number == 3:  # closed and opened again, the page goes on where it was, time included
                browser.run("state.spent = 5000")
                browser.post("/refresh", {})
                assert browser.run("return state.order[state.answers.length]") == item
                assert browser.run("return document.getElementById('count').textContent") == "3 of 8 done"
            side = told[item]["human"]
            if number % 2:
                browser.click(f"[data-answer={side}]")
            else:
                browser.press("u" if number == 2 and not told[item]["is_check"] else side.lower())
        assert visible(browser) == "done"
        saved = save(browser)

        assert browser.run("return document.querySelectorAll('img, b, iframe').length") == 0
        assert browser.requested() == {page.as_uri()}
        assert browser.log("browser") == []
        assert browser.run("return fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"
        assert "Content Security Policy" in browser.log("browser")[0]["message"]

        browser.run("keep = () => {}; localStorage.clear()")  # another rater; the page writes its state now and then
        browser.post("/refresh", {})
        browser.click("#agree")
        check(browser, "model")
        check(browser, "better")
        assert visible(browser) == "failed"
        failed = save(browser)
        assert not browser.run("return document.getElementById('no-storage').checkVisibility()")
        browser.run("localStorage.clear()")
        browser.run("Object.defineProperty(window, 'localStorage', { get() { throw new Error('none here') } })")
        browser.run("state.step = 'rate'; show(); answer('A')")
        assert browser.run("return document.getElementById('no-storage').checkVisibility() && state.answers.length") == 1

    answers = json.loads(saved.read_text())
    assert answers["check"] == {"tries": 2, "passed": True} and re.fullmatch(r"[0-9a-f]{32}", answers["rater"])
    assert [answer["milliseconds"] >= 5000 for answer in answers["answers"]] == [n == 3 for n in range(8)]
    row = score_answers([saved, failed], tmp_path / "study" / KEY, seed=1, floor_seconds=0).to_pylist()[-1]
    assert row["correct"] + row["unsure"] == row["n"] == 6 and row["unsure"] <= 1
    assert (row["raters"], row["raters_check_failed"], row["raters_inattentive"]) == (1, 1, 0)


def visible(browser: Browser) -> str:
    shown: list[str] = browser.run("return STEPS.filter((step) => document.getElementById(step).checkVisibility())")
    assert len(shown) == 1
    return shown[0]


def check(browser: Browser, which: str) -> None:
    browser.click(f"[name=which][value={which}]")
    browser.click("[name=unsure][value=unsure]")
    browser.click("#questions button")


def save(browser: Browser) -> Path:
    """The file that the page gives to its rater, under another name."""
    browser.click("#save")
    saved: Path = until(lambda: next(iter(browser.downloads.glob("answers_*.json")), None))
    return Path(shutil.move(saved, saved.with_name(f"saved_{saved.name}")))
