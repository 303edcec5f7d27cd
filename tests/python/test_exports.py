"""The files of a release: each promise of `simpact export`, and the way back from the paper's shape."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oracle import ROOT
from released import HARD_TEXTS, make_release
from simpact.actions import ACTION_TYPES, WITH_TEXT
from simpact.cli import main
from simpact.errors import UserError
from simpact.exports import export
from simpact.exports.dataset_card import size_category, words
from simpact.exports.facts import Facts
from simpact.exports.folder import replaced_folder
from simpact.release import RELEASE_FILE
from simpact.release.paper_files import import_threads

THREADS, SCALES = 400, (2, 5)
SPLITS = {"train", "validation", "test", "test_unseen_users", "overlapping"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release and its export. Not to be changed."""
    home = tmp_path_factory.mktemp("it's released")  # a name that must be quoted
    make_release(home / RELEASE_FILE, THREADS, SCALES)
    export(home / RELEASE_FILE, home / "exports", sample=60)
    return home


@pytest.fixture(scope="module")
def exported(home: Path) -> Path:
    return home / "exports"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`datasets`, offline and with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
        import datasets

        patch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
        datasets.disable_progress_bars()
        yield datasets


def released(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(query).fetchall()


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def lines(folder: Path, scale: int) -> list[dict[str, Any]]:
    files = sorted((folder / f"processed_{scale}_clusters").glob("cluster_*.jsonl"))
    return [json.loads(line) | {"file": file.name} for file in files for line in file.read_text().split("\n")[:-1]]


def test_the_actions_are_those_of_the_warehouse() -> None:
    with (ROOT / "seeds/action_types.csv").open() as seed:
        rows = sorted(csv.DictReader(seed), key=lambda row: int(row["place"]))
    assert [(int(row["place"]), row["action_type"]) for row in rows] == list(enumerate(ACTION_TYPES, 1))
    assert tuple(row["action_type"] for row in rows if row["carries_text"] == "true") == WITH_TEXT


# The release file


def test_the_release_explains_every_table_column_and_function(home: Path) -> None:
    bare = released(
        home / RELEASE_FILE,
        """
        select table_name from duckdb_tables() where comment is null
        union all
        select view_name from duckdb_views() where comment is null and not internal
        union all
        select table_name || '.' || column_name from duckdb_columns() where comment is null and not internal
        union all
        select function_name from duckdb_functions() where schema_name = 'explore' and comment is null
        """,
    )
    assert not bare


def test_an_example_is_context_and_action(home: Path) -> None:
    ((context, speaker, action, text, last),) = released(
        home / RELEASE_FILE,
        """
        select context, examples.speaker, action_type, text, message_text
        from release.examples join release.messages using (thread_id) where is_action and thread_id = 12
        """,
    )
    assert (context, speaker, action, text) == ([], "user_0", "reply", last)
    ((context,),) = released(home / RELEASE_FILE, "select context from release.examples where thread_id = 3")
    assert [message["speaker"] for message in context] == ["user_0", "user_1", "user_0"]
    assert [message["gap"] for message in context] == [None, "weeks", "weeks"]


def test_explore_answers_in_a_file_opened_alone(home: Path) -> None:
    path = home / RELEASE_FILE
    assert len(released(path, "from explore.thread(3)")) == 4
    assert released(path, "select count(*), count(distinct thread_id) from explore.threads") == released(
        path, "select count(*), count(*) from release.threads"
    )
    assert released(path, "from explore.personas") == released(path, "from release.personas order by scale, persona_id")
    card = dict(released(path, "from explore.persona(5, 1)"))
    assert (card["people"], card["part of persona"], card["words"]) == ("13", "1", "tax, café")
    assert sum(int(card[action].split()[0]) for action in ACTION_TYPES) == int(card["threads"])
    assert len([item for item in card if item.startswith("such as")]) == len(ACTION_TYPES)


@pytest.mark.parametrize(
    "words, found", [("CAFE", True), ("uni  cafe", True), ("caf", False), ("", False), ("café uni", False)]
)
def test_search_finds_whole_words_in_any_case_and_accents(home: Path, words: str, found: bool) -> None:
    texts = released(home / RELEASE_FILE, f"select distinct message_text from explore.search('{words}')")
    assert texts == ([(HARD_TEXTS[5],)] if found else [])


# Parquet


def test_parquet_opens_in_one_line_with_every_thread_at_every_scale(exported: Path, home: Path) -> None:
    files = str(exported / "parquet/**/*.parquet").replace("'", "''")
    rows = duckdb.sql(f"from read_parquet('{files}', hive_partitioning = true)")
    assert not [kind for kind in rows.types if "MAP" in str(kind)]
    assert rows.aggregate("scale, count(*) as n, count(distinct thread_id)", "scale").order("scale").fetchall() == [
        (scale, THREADS, THREADS) for scale in SCALES
    ]
    found = rows.project("scale, thread_id, persona_id, persona, split, time_bucket, context, speaker, action_type, text")
    expected = released(
        home / RELEASE_FILE,
        """
        select scale, thread_id, personas[scale], coalesce(personas[scale]::varchar, 'none'), split, time_bucket, context,
            speaker, action_type, text
        from release.examples, (values (2), (5)) as scales(scale)
        """,
    )
    assert sorted(map(str, found.fetchall())) == sorted(map(str, expected))


def test_each_partition_is_one_file_in_the_order_of_random_ids(exported: Path) -> None:
    files = sorted((exported / "parquet").rglob("*.*"))
    assert {file.name for file in files} == {"part-0.parquet"}
    assert {file.parent.name.removeprefix("split=") for file in files} == SPLITS
    for file in files:
        ids = [thread for (thread,) in duckdb.read_parquet(str(file)).project("thread_id").fetchall()]
        assert ids == sorted(ids)


@pytest.mark.parametrize("scale", SCALES)
def test_hugging_face_opens_a_scale_in_one_line(exported: Path, hub: Any, home: Path, scale: int) -> None:
    for split, threads in released(home / RELEASE_FILE, "select split, count(*) from release.threads group by all"):
        loaded = hub.load_dataset(str(exported), f"scale_{scale}", split=split)
        assert len(loaded) == threads
    assert {"thread_id", "persona_id", "context", "speaker", "action_type", "text"} <= loaded.features.keys()


def test_the_sample_is_the_default_and_has_every_action_and_split(exported: Path, hub: Any) -> None:
    sample = hub.load_dataset(str(exported), split="sample")
    assert len(sample) == 60
    counts = Counter(zip(sample["action_type"], sample["split"], strict=True))
    assert set(sample["action_type"]) == set(ACTION_TYPES) and set(sample["split"]) == SPLITS
    assert max(counts.values()) == 1


def test_flat_tables_are_those_of_the_release(exported: Path, home: Path) -> None:
    for table in ("messages", "personas", "data_card"):
        flat = duckdb.read_parquet(str(exported / f"{table}.parquet"))
        assert sorted(map(str, flat.fetchall())) == sorted(map(str, released(home / RELEASE_FILE, f"from release.{table}")))
    threads = duckdb.read_parquet(str(exported / "threads.parquet"))
    expected = """select thread_id, action_type, time_bucket, split, personas[2], personas[5], message_count, speaker_count
        from release.threads order by thread_id"""
    assert threads.columns[4:6] == ["persona_2", "persona_5"]
    assert threads.fetchall() == released(home / RELEASE_FILE, expected)


# The paper's shape


@pytest.mark.parametrize("scale", SCALES)
def test_json_lines_have_the_papers_shape(exported: Path, home: Path, scale: int) -> None:
    expected = []
    for persona, messages, action in released(
        home / RELEASE_FILE,
        f"""
        select personas[{scale}], list((speaker, message_text) order by message_index), any_value(action_type)
        from release.threads join release.messages using (thread_id)
        where personas[{scale}] is not null
        group by thread_id, personas
        order by personas[{scale}]::varchar, thread_id
        """,
    ):
        thread: list[dict[str, Any]] = []
        for index, (speaker, text) in enumerate(messages):
            thread.append({"user_id": speaker, "relative_integer_time": index} | ({} if text is None else {"text": text}))
        thread[-1]["actions"] = {name: name == action for name in ACTION_TYPES}
        expected.append({"thread": thread, "cluster_id": persona, "file": f"cluster_{persona}.jsonl"})
    assert lines(exported, scale) == expected


def test_hugging_face_opens_the_papers_shape(exported: Path, hub: Any) -> None:
    files = [str(path) for path in sorted((exported / "processed_5_clusters").glob("*.jsonl"))]
    loaded = hub.load_dataset("json", data_files=files, split="train")
    assert len(loaded) == len(lines(exported, 5))
    assert loaded[0]["thread"][-1]["actions"].keys() == set(ACTION_TYPES)


# What describes the files


def test_the_card_takes_every_figure_from_the_release(exported: Path) -> None:
    card = (exported / "README.md").read_text()
    for told in ("simpact r1", "Built on 2026-11-25", "k = 10", "k = 11", "6.2 effective", "0.031", "arXiv 2510.02343"):
        assert told in card
    assert "can be searched" in card and "| pipe \\| \\<b> | x y |" in card and "$" not in card


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (None, "the latest message of its target."),
        ("last_engaged", "had engaged with"),
        ("none", "Follows and blocks are left out"),
    ],
)
def test_the_card_says_what_a_follow_answers(method: str | None, says: str) -> None:
    facts = Facts({"settings": {"context_method": method}}, defaultdict(int), (), {}, [], [], (None, None), None)
    assert says in words(facts)["dataLimitations"]


@pytest.mark.parametrize("threads, category", [(999, "n<1K"), (1000, "1K<n<10K"), (6_800_000, "1M<n<10M"), (10**9, "n>1B")])
def test_size_categories_are_hugging_faces(threads: int, category: str) -> None:
    assert size_category(threads) == category


def test_croissant_is_valid_and_gives_records(exported: Path) -> None:
    import mlcroissant

    metadata = json.loads((exported / "croissant.json").read_text())
    assert metadata["conformsTo"] == ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
    dataset = mlcroissant.Dataset(str(exported / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.data_biases and dataset.metadata.personal_sensitive_information
    for records, n in (("messages", 5), ("examples_scale_5", 5), ("personas", 5)):
        found = list(itertools.islice(dataset.records(records), n))
        assert len(found) == n
        if records == "examples_scale_5":
            assert {example["examples_scale_5/split"].decode() for example in found} <= SPLITS


def test_the_manifest_has_the_data_card_and_the_counts(exported: Path, home: Path) -> None:
    manifest = json.loads((exported / "manifest.json").read_text())
    card = released(home / RELEASE_FILE, "from release.data_card")
    assert {(section, item): value for section, items in manifest["data_card"].items() for item, value in items.items()} == {
        (section, item): value for section, item, value in card
    }
    assert manifest["rows"] == {"threads": THREADS, "messages": 1000, "personas": 7, "mixing": 5, "data_card": len(card)}


def test_checksums_cover_every_other_file_and_hold(exported: Path) -> None:
    listed = {line.split("  ", 1)[1] for line in (exported / "SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS"} == read(exported).keys()
    check = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=exported, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stdout


# The folder


def test_the_same_release_gives_the_same_bytes(
    exported: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simpact.exports.source.SLICE", 90)
    monkeypatch.setattr("simpact.exports.json_lines.OPEN_FILES", 2)
    monkeypatch.setenv("SIMPACT_THREADS", "1")
    export(home / RELEASE_FILE, tmp_path / "again", sample=60)
    assert read(tmp_path / "again") == read(exported)
    export(home / RELEASE_FILE, tmp_path / "again", sample=60)
    assert read(tmp_path / "again") == read(exported)
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


@pytest.mark.parametrize("threads", [0, 1])
def test_a_release_of_nearly_nothing_can_be_exported(tmp_path: Path, threads: int) -> None:
    make_release(tmp_path / RELEASE_FILE, threads)
    export(tmp_path / RELEASE_FILE, tmp_path / "exports")
    assert json.loads((tmp_path / "exports/manifest.json").read_text())["rows"]["threads"] == threads


def test_a_stop_leaves_the_old_export_whole(tmp_path: Path, exported: Path) -> None:
    shutil.copytree(exported, tmp_path / "exports")
    with pytest.raises(KeyboardInterrupt), replaced_folder(tmp_path / "exports") as folder:
        (folder / "half").write_text("")
        raise KeyboardInterrupt
    assert read(tmp_path / "exports") == read(exported)
    # Killed while it wrote, and killed between the two renames.
    (tmp_path / ".exports.writing").mkdir()
    (tmp_path / ".exports.writing/half").write_text("")
    (tmp_path / "exports").rename(tmp_path / ".exports.before")
    with pytest.raises(KeyboardInterrupt), replaced_folder(tmp_path / "exports"):
        raise KeyboardInterrupt
    assert read(tmp_path / "exports") == read(exported)


def test_only_an_export_is_replaced(tmp_path: Path, exported: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("x")
    shutil.copytree(exported, tmp_path / "exports")
    (tmp_path / "exports/notes.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name, says in (("mine", "something else"), ("exports", r"notes\.txt"), ("file", "is a file")):
        with pytest.raises(UserError, match=says), replaced_folder(tmp_path / name):
            pass
    assert (tmp_path / "mine/thesis.txt").exists() and (tmp_path / "exports/notes.txt").exists()


def test_the_command_says_what_it_does_and_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMPACT_HOME", str(tmp_path))
    with pytest.raises(SystemExit):
        main(["export"])
    assert "There is no release at" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    make_release(tmp_path / RELEASE_FILE, 50)
    assert main(["export", "--sample", "5"]) == 0
    assert "simpact: scale 5: parquet by persona\n" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["import-threads", str(tmp_path / "exports")])
    assert "is there already" in capsys.readouterr().err
    assert main(["import-threads", str(tmp_path / "exports"), "--out", str(tmp_path / "again.duckdb")]) == 0


# The way back

CONTENT = """
    select personas, action_type, message_count, speaker_count, list((message_index, speaker, is_action, message_text)
        order by message_index)
    from release.threads join release.messages using (thread_id)
    where cardinality(personas) > 0
    group by thread_id, personas, action_type, message_count, speaker_count
"""


def test_export_and_import_give_the_same_threads(exported: Path, home: Path, tmp_path: Path) -> None:
    """As many of each content in each persona; which of several alike ones has which pair of personas is not in the files."""
    import_threads(exported, tmp_path / "again.duckdb")
    for scale in SCALES:
        alike = f"select personas[{scale}], * exclude (personas) from ({CONTENT}) where personas[{scale}] is not null"
        before, after = (Counter(map(str, released(path, alike))) for path in (home / RELEASE_FILE, tmp_path / "again.duckdb"))
        assert before == after
    lone = f"""
        from ({CONTENT}) as threads(personas, action, messages, speakers, said)
        qualify count(*) over (partition by action, said) = 1
    """
    before, after = (Counter(map(str, released(path, lone))) for path in (home / RELEASE_FILE, tmp_path / "again.duckdb"))
    assert before == after and before
    ((count, spread),) = released(
        tmp_path / "again.duckdb", "select count(*), max(thread_id) - min(thread_id) + 1 from release.threads"
    )
    assert count == spread == THREADS - 1
    export(tmp_path / "again.duckdb", tmp_path / "exports")
    assert "comes from elsewhere" in (tmp_path / "exports/README.md").read_text()
    for scale in SCALES:
        before, after = (Counter(map(str, lines(folder, scale))) for folder in (exported, tmp_path / "exports"))
        assert before == after


def flags(**true: bool) -> dict[str, bool]:
    return dict.fromkeys(ACTION_TYPES, False) | true


def write(folder: Path, scale: int, cluster: int, *threads: Any) -> None:
    file = folder / f"processed_{scale}_clusters/cluster_{cluster}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [line if isinstance(line, str) else json.dumps({"thread": line, "cluster_id": cluster}) for line in threads]
    file.write_text("".join(row + "\n" for row in rows))


ANN, BOB = "9f" * 32, "03" * 32
LIKED = [
    {"relative_integer_time": 41207, "text": "Budget vote <URL>", "user_id": BOB},
    {"relative_integer_time": 41955, "actions": flags(like=True), "user_id": ANN},
]


def test_the_papers_own_threads_are_read(tmp_path: Path) -> None:
    again = [LIKED[0], LIKED[1] | {"text": "mine", "actions": {"reply": True}}, LIKED[0] | {"actions": flags(quote=True)}]
    again[1] = {"relative_integer_time": 41300, "text": "mine", "user_id": ANN}
    write(tmp_path, 2, 1, LIKED, LIKED, again)
    write(tmp_path, 25, 7, list(map(lambda message: dict(reversed(message.items())), LIKED)), again)  # another order of keys
    import_threads(tmp_path, tmp_path / RELEASE_FILE)
    rows = released(
        tmp_path / RELEASE_FILE, "select action_type, personas, speaker_count, split from release.threads order by all"
    )
    assert sorted(map(str, rows)) == sorted(
        map(str, [("like", {2: 1}, 2, "train"), ("like", {2: 1, 25: 7}, 2, "train"), ("quote", {2: 1, 25: 7}, 2, "train")])
    )
    speakers = (
        "select list(speaker order by message_index) from release.messages join release.threads using (thread_id) where {}"
    )
    assert released(tmp_path / RELEASE_FILE, speakers.format("action_type = 'quote'")) == [(["user_0", "user_1", "user_0"],)]
    assert BOB not in str(released(tmp_path / RELEASE_FILE, "from release.examples"))


def test_thread_ids_go_by_the_seed_and_not_by_the_input(exported: Path, tmp_path: Path) -> None:
    ids = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        import_threads(exported, tmp_path / name, seed)
        ids.append(released(tmp_path / name, "select * exclude (personas) from release.threads order by thread_id"))
    assert ids[0] == ids[1] != ids[2]
    written = [action for line in lines(exported, 5) for action, true in line["thread"][-1]["actions"].items() if true]
    assert [row[1] for row in ids[0]][: len(written)] != written


@pytest.mark.parametrize(
    "line, says",
    [
        ("{", "no JSON"),
        ("[1]", "no thread"),
        ('{"thread": 5, "cluster_id": 1}', "no thread"),
        ('{"thread": [], "cluster_id": 1}', "no thread"),
        (json.dumps({"thread": LIKED}), "no cluster_id"),
        ([{"text": "x"}, LIKED[1]], "no user_id"),
        ([LIKED[0]], "last message has no actions"),
        ([LIKED[0], LIKED[1] | {"actions": flags()}], "not 0"),
        ([LIKED[0], LIKED[1] | {"actions": flags(like=True, reply=True)}], "not 2"),
        ([LIKED[0], LIKED[1] | {"actions": {"ignore": True}}], "not one of the thirteen"),
        ([LIKED[1], LIKED[1]], "before the last"),
    ],
)
def test_a_bad_line_is_refused_with_its_place(tmp_path: Path, line: Any, says: str) -> None:
    write(tmp_path, 2, 0, LIKED, "", LIKED)
    write(tmp_path, 2, 1, LIKED, line, LIKED, "{")
    with pytest.raises(UserError, match=rf"cluster_1\.jsonl', line 2: .*{says}"):
        import_threads(tmp_path, tmp_path / RELEASE_FILE)
    assert [path.name for path in tmp_path.iterdir()] == ["processed_2_clusters"]


def test_a_folder_without_threads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no file"):
        import_threads(tmp_path, tmp_path / RELEASE_FILE)


@pytest.mark.parametrize("name", ["release.duckdb", "explore.db"])
def test_a_file_is_not_named_like_its_schemas(exported: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="choose another --out"):
        import_threads(exported, tmp_path / name)
