"""The report: all of it is there, nothing private is, it needs no network and no script, and it says what is missing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from browser import ARE_MISSING, Browser
from homes import ask, main_in, private
from oracle import ROOT
from released import make_release
from simpact.release import RELEASE_FILE
from simpact.report import NUMBERS, PAGE, PREVIOUS, SUMMARY
from simpact.report.changes import Change, changes_between
from simpact.report.drawing import Pencil
from simpact.report.figures import QUERIES
from simpact.report.markdown import markdown_cell, shown
from simpact.report.measures import Measure
from simpact.report.parts import Tile
from simpact.report.persona_map import lay_out
from simpact.report.sections import came_in

HOSTILE = (
    """</title></svg><script>document.title = "taken"</script><img src=x onerror="document.title='taken'"> {{ 7 * 7 }} | `x`"""
)
MAY_BE_READ = {"quality", "experiment", "release"}
LARGEST = 2_000_000  # bytes
MANY = 1000  # personas


@pytest.fixture(scope="module")
def report(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample's report."""
    out = tmp_path_factory.mktemp("report") / "out"
    assert main_in(sample_home, "report", "--out", str(out)) == 0
    return out


@pytest.fixture(scope="module")
def page(report: Path) -> str:
    return (report / PAGE).read_text()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a release alone, with a thousand personas and words that are markup."""
    home = tmp_path_factory.mktemp("it's a <b>home")
    make_release(home / RELEASE_FILE, 20 * MANY, (2, MANY))
    with duckdb.connect(str(home / RELEASE_FILE)) as connection:
        texts = "update release.messages set message_text = ? || thread_id % 97 where message_text <> '' and thread_id % 3 = 0"
        connection.execute(texts, [HOSTILE])
        connection.execute("update release.personas set top_terms = [?, 'tax', 'café'] where persona_id % 2 = 0", [HOSTILE])
        connection.execute("update release.data_card set value = ? where item = 'built_on'", [HOSTILE])
    assert main_in(home, "report") == 0
    return home / "report"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium") / "browser") as browser:
        browser.post("/url", {"url": "about:blank"})
        browser.requested()  # by the page that the browser opens with
        yield browser


needs_browser = pytest.mark.skipif(bool(ARE_MISSING), reason=f"not on PATH: {', '.join(ARE_MISSING)}")


def test_everything_is_there(page: str) -> None:
    assert 'class="missing"' not in page
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles[0] == "Gates" and len(titles) == 11
    assert page.count("<figure>") >= 25 and page.count("<details") >= 25
    for said in ("Map of personas", "Training loss by step", "The paper&#39;s figures beside ours", "A few released threads"):
        assert said in page
    assert re.search(
        r"<title>style, attack: 0\.\d{4} \(0\.\d{4} to 0\.\d{4}\)</title>", page
    )  # a tooltip, not rounded as places are
    assert page.count('role="img"') == 2 * len(re.findall(r"The figures behind it", page)) >= 30


def test_the_page_asks_for_nothing_and_runs_nothing(page: str, large: Path) -> None:
    for text in (page, (large / PAGE).read_text()):
        assert len(text.encode()) < LARGEST
        assert "default-src 'none'" in text and not re.search(r"<(script|img|link|iframe|object|image|use)\b", text)
        assert not re.search(r"\s(src|style|on\w+)=", re.sub(r">[^<]*<", "><", text))
        assert set(re.findall(r'href="(.)', text)) == {"#"} and set(re.findall(r"url\((.)", text)) <= {"#"}
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))


def test_queries_read_the_release_and_figures_alone() -> None:
    paths = sorted(QUERIES.glob("*.sql"))
    assert len(paths) > 20
    with duckdb.connect() as connection:
        for path in paths:
            tables = connection.get_table_names(path.read_text(), qualified=True)
            for database, schema in (name.replace('"', "").split(".")[:2] for name in tables if "." in name):
                assert database in ("simpact_private", "simpact_release") and schema in MAY_BE_READ, path
            assert path.stem == "tables" or any("." in name for name in tables)


def test_nobody_is_in_the_report(report: Path, sample_home: Path) -> None:
    """No DID, handle, display name, record key or URI, no words that were not released, no moment, and no path."""
    texts = "\n".join((report / name).read_text() for name in (PAGE, SUMMARY, NUMBERS))
    texts = html.unescape(texts)
    columns = {
        "select distinct did from raw.events": 6,
        "select distinct handle from staging.stg_bluesky__identities": 6,
        "select distinct name from private.int_privacy__names where contains(name, ' ')": 6,
        "select distinct display_name from staging.stg_bluesky__profiles where contains(display_name, ' ')": 6,
        "select distinct rkey from raw.events where len(rkey) > 8": 9,
        "select distinct rev from raw.events where len(rev) > 8": 9,
        "select salt from private.int_privacy__salt": 6,
        "select distinct person_key from private.keyed_index": 6,
        "select distinct text_hash from private.int_privacy__texts": 6,
        "select distinct time_us::varchar from raw.events": 12,
    }
    for query, shortest in columns.items():
        values = {value for (value,) in private(sample_home, query) if value and len(value) >= shortest}
        words = set(re.findall(r"[\w.:/\-]+", texts)) if not any(" " in value for value in values) else None
        found = values & words if words is not None else {value for value in values if value.lower() in texts.lower()}
        assert values and not found, query
    assert not re.search(r"did:(plc|web):|at://|\d\d:\d\d:\d\d", texts)
    assert str(sample_home) not in texts and str(ROOT) not in texts and "/home/" not in texts
    released = {text for (text,) in ask(sample_home / RELEASE_FILE, "select distinct message_text from release.messages")}
    written = {text for (text,) in private(sample_home, "select distinct text from private.int_privacy__written")}
    kept_back = {text for text in written - released if len(text) > 30}
    found = {text for text in kept_back if text in texts}  # a released one that is shown may go on after the same words
    assert len(kept_back) > 100 and not [text for text in found if not any(text in other for other in released if other)]


def test_base_models_in_folders_and_few_people_stay_unnamed(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "simpact_private.duckdb")) as connection:
        connection.execute("create schema experiment; create schema quality")
        connection.execute("""
            create table experiment.adapters as
            select 'all' as adapter, 'all' as kind, 'trained' as status, '/users/ann/models/qwen/' as base_model,
                true as is_smoke, 'focal' as loss_function, 1 as n_examples, 2 as n_steps, 3.0 as held_out_loss,
                'nan'::double as held_out_fall, null::double as held_out_fall_ci_low, null::double as held_out_fall_ci_high,
                'withstood' as verdict
        """)
        connection.execute("""
            create table quality.suppression as
            select fate, 1 as level, 25 as scale, 'week' as told_time, true as tells_gaps, n_threads, n_people
            from (values ('released', 4321, 12), ('over_cap', 1234, 1)) as fates(fate, n_threads, n_people)
        """)
    assert main_in(tmp_path, "report") == 0
    page, numbers = ((tmp_path / "report" / name).read_text() for name in (PAGE, NUMBERS))
    assert "1 of 1 adapters of qwen/ are trained" in page and "ann" not in re.sub(r"\b(channel|plann)\w*", "", page)
    assert "smoke model" in page and "4,321" in page
    assert "1,234" not in page and "1234" not in numbers


@pytest.mark.parametrize(
    "parts", [("quality.coverage_told", "quality.context_validity"), ("quality.coverage_told", "quality.gate_release")]
)
def test_what_is_not_built_is_said(parts: tuple[str, ...], sample_home: Path, tmp_path: Path) -> None:
    copy_of(sample_home, tmp_path, parts)
    if "quality.gate_release" in parts:
        with duckdb.connect(str(tmp_path / "simpact_private.duckdb")) as connection:
            connection.execute(
                "update quality.gate_release set success = null, n_unexpected = 7 where column_name = 'n_threads'"
            )
    assert main_in(tmp_path, "report") == 0
    page, summary = ((tmp_path / "report" / name).read_text() for name in (PAGE, SUMMARY))
    assert "There is no release" in page and "There is no release yet: run dbt build --selector release." in page
    assert page.count('class="missing"') == (8 if "quality.context_validity" in parts else 9)
    assert "50,000 lines landed" in page and "| **all** | 50,000 |" in summary
    is_closed = "quality.gate_release" in parts
    assert ('class="closed"' in page) == ("**closed**" in summary) == is_closed
    assert ("An empty release is a mistake." in summary) == is_closed


def test_of_a_collected_archive_it_says_how_much_of_the_time_was_seen(page: str, large: Path) -> None:
    assert "of the time that was collected" not in page
    assert "| observed_share | 0.996 |" in (large / SUMMARY).read_text()
    rows = ask(large.parent / RELEASE_FILE, "select section, item, value from release.data_card")
    card = [dict(zip(("section", "item", "value"), row, strict=True)) for row in rows]
    all_became_threads = [{"action_type": "like", "outcome": "threaded", "n_events": 1}]
    section = came_in.section({"coverage": all_became_threads, "data_card": card}, Pencil())
    assert section.tiles == (Tile("seen", "99.55%", "of the time that was collected; 3.25 hours were not"),)


def copy_of(home: Path, to: Path, tables: tuple[str, ...]) -> None:
    """A private database with some tables of another."""
    with duckdb.connect(str(to / "simpact_private.duckdb")) as connection:
        connection.execute(f"attach '{home / 'simpact_private.duckdb'}' as other (read_only)")
        for table in tables:
            connection.execute(f"create schema if not exists {table.partition('.')[0]}")
            connection.execute(f"create table {table} as from other.{table}")


@pytest.mark.parametrize("name", [PAGE, SUMMARY, NUMBERS])
def test_files_that_are_of_no_report_are_left_alone(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text('# Mine\n{"figures": 1}')
    with pytest.raises(SystemExit) as stopped:
        main_in(tmp_path, "report", "--out", str(tmp_path))
    assert stopped.value.code == 2 and f"{name}' is of no report and would be lost" in capsys.readouterr().err


def test_without_a_database_there_is_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main_in(tmp_path, "report")
    assert stopped.value.code == 2 and "run dbt build first" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_two_reports_can_be_compared(sample_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy_of(sample_home, tmp_path, ("quality.coverage_told", "quality.attacks"))
    ((style,),) = private(tmp_path, "select success from quality.attacks where attack = 'style'")
    out = tmp_path / "report"
    for _ in range(2):  # the same build twice: nothing to compare with
        assert main_in(tmp_path, "report") == 0
        assert not (out / PREVIOUS).exists() and "What changed" not in (out / PAGE).read_text()
    first = tmp_path / "first.json"
    first.write_text((out / NUMBERS).read_text())
    with duckdb.connect(str(tmp_path / "simpact_private.duckdb")) as connection:
        connection.execute(
            "update quality.coverage_told set n_events = n_events + 1000 where (action_type, outcome) = ('like', 'threaded')"
        )
        connection.execute("update quality.attacks set success = 0.5, ci_low = 0.4, ci_high = 0.6 where attack = 'style'")
        connection.execute("delete from quality.attacks where attack = 'shapes'")
    for arguments in ([], ["--against", str(first)], ["--against", str(out / NUMBERS)]):
        assert main_in(tmp_path, "report", *arguments) == 0
        page, summary = ((out / name).read_text() for name in (PAGE, SUMMARY))
        if arguments[1:] == [str(out / NUMBERS)]:
            assert "Nothing: every figure is what it was." in page
            continue
        assert (out / PREVIOUS).read_text() == first.read_text()
        assert '<td class="n">25,714</td><td class="n">26,714</td>' in page and "| threaded | 26,714 | 25,714 |" in summary
        assert "3 figures are not what they were, 1 of them by more than their intervals." in page
        assert f"| style | 0.5 | {shown(style)} |" in summary
    for text in ("{", "[]", "null", '{"format": 2, "figures": []}', '{"format": 1, "figures": [{"section": "x"}]}'):
        first.write_text(text)
        with pytest.raises(SystemExit) as stopped:
            main_in(tmp_path, "report", "--against", str(first))
        assert stopped.value.code == 2 and "is no report.json" in capsys.readouterr().err
    (out / PREVIOUS).write_text("{}")  # of another version, and not asked for
    assert main_in(tmp_path, "report") == 0 and "There is nothing to compare with." in capsys.readouterr().err


def test_a_change_says_whether_it_is_beyond_chance() -> None:
    before = [
        Measure("s", "a", 1),
        Measure("s", "b", 1, 0.5, 1.5),
        Measure("s", "c", 1, 0.5, 1.5),
        Measure("s", "d", 4),
        Measure("s", "e", 0),
    ]
    now = [
        Measure("s", "a", 1),
        Measure("s", "b", 2, 1.4, 2.6),
        Measure("s", "c", 2, 1.6, 2.4),
        Measure("s", "f", 5),
        Measure("s", "e", 2),
    ]
    assert changes_between(before, now) == [
        Change("s", "b", 1, 2, False),
        Change("s", "c", 1, 2, True),
        Change("s", "f", None, 5, None),
        Change("s", "e", 0, 2, None),
        Change("s", "d", 4, None, None),
    ]


def test_near_to_each_other_lie_personas_who_write_alike() -> None:
    words = [
        {"persona_id": persona, "word_number": word, "n": 50 * (1 + (word + persona) % 3)}
        for persona in range(8)
        for word in range(20 * (persona // 4), 20 * (persona // 4) + 20)
    ]
    places, stress = lay_out(words)
    assert set(places) == set(range(8)) and 0 <= stress < 0.4 and lay_out(words) == (places, stress)

    def between(one: int, other: int) -> float:
        return sum((a - b) ** 2 for a, b in zip(places[one], places[other], strict=True)) ** 0.5

    alike = [between(one, other) for half in (range(4), range(4, 8)) for one in half for other in half]
    assert max(alike) < min(between(one, other) for one in range(4) for other in range(4, 8))
    assert lay_out(words[:60]) == ({}, 0.0) == lay_out([])


def test_values_are_shown_as_people_read_them() -> None:
    values = (None, True, 12345, 0.0, 0.123456, 12345.0, 1e-5, "a|b\n<c>")
    assert [shown(value) for value in values] == ["–", "yes", "12,345", "0", "0.123", "12,345", "1e-05", "a|b\n<c>"]
    assert markdown_cell("a|b\n<c>") == "a\\|b \\<c\\>"


def test_the_summary_holds_gates_coverage_rows_and_privacy(report: Path, large: Path) -> None:
    summary = (report / SUMMARY).read_text()
    for said in (
        "| **all** | 50,000 |",
        "| release.threads | ",
        "| k_reached | 10 |",
        "| exact_text |",
        "| several | not_told_apart | ",
    ):
        assert said in summary
    assert "| post_delete | actor_disallows |" not in summary  # of few people
    assert re.search(r"\| gate_release \| open \| (\d+) of \1", summary)
    assert all(line.startswith(("|", "#", "*", "Release ")) or not line for line in summary.splitlines())
    hostile = (large / SUMMARY).read_text()
    assert "<script>" not in hostile and "\\<script\\>" in hostile


@needs_browser
def test_the_page_is_drawn_wide_and_on_a_phone_in_light_and_dark(report: Path, browser: Browser) -> None:
    browser.open(report / PAGE)
    grounds = set()
    for width, theme in ((1200, "light"), (360, "dark"), (360, "light")):
        resize(browser, width, theme)
        drawn: dict[str, Any] = browser.run("""
            const charts = [...document.querySelectorAll("figure [role=img]")].filter((chart) => chart.checkVisibility());
            const colours = [...document.querySelectorAll("figure svg text")].map((text) => getComputedStyle(text).fill);
            return {
                across: document.documentElement.scrollWidth,
                figures: document.querySelectorAll("figure:has([role=img])").length,
                charts: charts.length,
                empty: charts.filter((chart) => chart.querySelectorAll("svg path, svg line").length < 3
                    || chart.querySelector("svg").getBoundingClientRect().width < 200).length,
                unnamed: charts.filter((chart) => chart.getAttribute("aria-label").length < 30).length,
                untabled: charts.filter((chart) => !chart.closest("figure").querySelector("table td")).length,
                colours: [...new Set(colours)],
                ground: getComputedStyle(document.body).backgroundColor,
            };
        """)
        assert drawn["across"] <= width
        assert drawn["charts"] == drawn["figures"] > 14
        assert (drawn["empty"], drawn["unnamed"], drawn["untabled"]) == (0, 0, 0)
        assert drawn["ground"] not in drawn["colours"] and len(drawn["colours"]) == 2  # words of axes, and their titles
        grounds.add(drawn["ground"])
    assert len(grounds) == 2
    assert browser.requested() == {(report / PAGE).as_uri()}
    assert browser.log("browser") == []


@needs_browser
def test_a_thousand_personas_load_at_once_and_hostile_words_stay_words(large: Path, browser: Browser) -> None:
    browser.open(large / PAGE)
    resize(browser, 360, "light")
    found: dict[str, Any] = browser.run("""
        return {
            title: document.title,
            texts: [...document.querySelectorAll(".text")].map((text) => text.textContent),
            dots: document.querySelectorAll(".wide svg path title").length,
            across: document.documentElement.scrollWidth,
            elements: document.querySelectorAll("script, img").length,
            loaded: performance.getEntriesByType("navigation")[0].loadEventEnd,
        };
    """)
    assert found["title"] != "taken" and found["elements"] == 0 and found["across"] <= 360
    assert any(text.startswith(HOSTILE) for text in found["texts"]) and found["dots"] >= MANY
    assert found["loaded"] < 3000  # ms; 1,000 on a machine that does nothing else
    assert browser.log("browser") == []


def resize(browser: Browser, width: int, theme: str) -> None:
    phone = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    for command, parameters in (("Emulation.setDeviceMetricsOverride", phone), ("Emulation.setEmulatedMedia", media)):
        browser.post("/goog/cdp/execute", {"cmd": command, "params": parameters})


QUESTIONS = re.findall(r"^## (.*?)$.*?^```sql\n(.*?)^```", (ROOT / "docs/questions.md").read_text(), re.DOTALL | re.MULTILINE)


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10 and all(question.endswith("?") for question, _ in QUESTIONS)


@pytest.mark.parametrize("query", [pytest.param(query, id=question) for question, query in QUESTIONS])
def test_a_question_is_answered(query: str, sample_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_in(sample_home, "sql", query) == 0
    told = capsys.readouterr().out
    assert "│" in told and " 0 rows" not in told
    assert set(re.findall(r"\b(?:from|join) (\w+)\.", query)) <= MAY_BE_READ | {"explore"}
