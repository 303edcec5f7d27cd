"""From personas to what leaves: the release of the sample, its gate and its key."""

from __future__ import annotations

import base64
import hmac
import json
import re
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pycanon import anonymity

from homes import NO_EXPERIMENT, NO_TESTS, all_bytes, main_in, private, released
from simpact.errors import UserError
from simpact.gates import run_gate
from simpact.keys import read_key
from warehouse import KEY, WRITTEN, run_dbt


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_home, tmp_path / "home"))


@pytest.fixture(scope="module")
def people(sample_home: Path) -> pd.DataFrame:
    """One row per released thread, with all that a recipient holds of it besides its words, and who acted."""
    with duckdb.connect(str(sample_home / "simpact_private.duckdb"), read_only=True) as connection:
        connection.execute(f"attach '{sample_home / 'simpact_release.duckdb'}' as given (read_only)")
        return (
            connection.execute("""
            select
                thread_id, actor_did, action_type, coalesce(threads.time_bucket, '-') as time_bucket, split,
                personas::varchar as personas,
                string_agg(speaker, ' ' order by message_index) as speakers,
                string_agg(coalesce(gap, '-'), ' ' order by message_index) as gaps
            from given.release.threads
            inner join given.release.messages using (thread_id)
            inner join private.int_privacy__released as truth on truth.released_id = threads.thread_id
            group by all
        """)
            .df()
            .drop(columns="thread_id")
        )


HELD = ["action_type", "time_bucket", "split", "personas", "speakers", "gaps"]


def test_k_people_are_alike_in_all_that_is_held_of_a_thread_as_another_library_counts(people: pd.DataFrame) -> None:
    """pycanon counts rows, so it is given one per person and cell."""
    persons = people.drop_duplicates().reset_index(drop=True)
    assert anonymity.k_anonymity(persons, HELD) >= 10
    assert anonymity.l_diversity(persons.assign(person=persons["actor_did"]), HELD, ["person"]) >= 10


def test_nobody_is_more_than_a_third_of_a_cell_or_of_a_persona(people: pd.DataFrame, sample_home: Path) -> None:
    counts = people.groupby([*HELD, "actor_did"]).size().groupby(HELD)
    assert (counts.max() / counts.sum()).max() <= 1 / 3
    assert (counts.sum() ** 2 / counts.apply(lambda n: (n**2).sum())).min() >= 5
    assert private(sample_home, "select count(*) from private.int_privacy__checked_personas where n_people < 10") == [(0,)]


def test_every_share_of_the_mixing_matrix_has_k_people_on_both_sides_and_leaves_no_rest(sample_home: Path) -> None:
    """As an attacker would take it apart: by row, by what a row lacks, and by the rest of everybody."""
    with duckdb.connect(str(sample_home / "simpact_private.duckdb"), read_only=True) as connection:
        pairs = connection.execute("from private.int_privacy__mixing_pairs").df()
    told = pd.DataFrame(released(sample_home, "select persona_id, target_persona_id, share from release.mixing"))
    rows = {(persona, target): share for persona, target, share in told.fillna(-1).itertuples(index=False)}
    pairs["row"] = [
        (persona, target if (persona, target) in rows else -1)
        for persona, target in zip(pairs.persona_id, pairs.target_persona_id.fillna(-1), strict=True)
    ]
    by_persona = pairs.groupby("persona_id").size()
    for (persona, target), people in pairs.groupby("row"):
        assert rows[persona, target] == pytest.approx(len(people) / by_persona[persona], abs=0.0006)
        for side in ("actor_did", "target_did"):
            counts = people[side].value_counts()
            assert len(counts) >= 10 and counts.max() <= len(people) / 3, (persona, target, side)
    assert told.groupby(0)[2].sum().between(0.99, 1.01).all() and len(rows) > 50
    assert len(set(told[0])) == 10 and released(sample_home, "select distinct scale from release.mixing") == [(10,)]


@pytest.mark.parametrize("seed", range(12))
def test_a_mixing_matrix_of_any_people_leaves_nothing_to_subtract(seed: int, sample_home: Path) -> None:
    """Skewed worlds, from few people to hundreds: every part of a row that is told, the rest too, is of ten on both sides."""
    sql = (sample_home / "target/compiled/simpact/models/intermediate/privacy/candidate_mixing.sql").read_text()
    chance = np.random.default_rng(seed)
    n_people, n_pairs = int(chance.integers(100, 500)), int(chance.integers(1000, 8000))
    actors, targets = (chance.geometric(chance.uniform(0.002, 0.03), n_pairs) % n_people for _ in range(2))
    pairs = pd.DataFrame({"actor_did": actors, "target_did": targets + 1000}).drop_duplicates()
    pairs["persona_id"] = pairs.actor_did % 3
    sizes = np.log2(1 + pairs.target_did % 128).astype(int)  # personas of few people and of many
    pairs["target_persona_id"] = sizes.where(pairs.target_did % 5 > 0).astype("Int64")
    told = duckdb.sql(re.sub(r'"simpact_private"."private"."int_privacy__mixing_pairs"', "pairs", sql)).fetchall()
    rows = {(persona, -1 if target is None else target): share for _, persona, target, share in told}
    for persona in {persona for persona, _ in rows}:
        own = pairs[pairs.persona_id == persona]
        row = pd.Series([t if (persona, t) in rows else -1 for t in own.target_persona_id.fillna(-1)], own.index)
        assert set(row) == {target for acting, target in rows if acting == persona}  # a partition of all of it
        for target, part in own.groupby(row):
            assert rows[persona, target] == pytest.approx(len(part) / len(own), abs=0.0006)
            for side in ("actor_did", "target_did"):
                counts = part[side].value_counts()
                assert len(counts) >= 10 and 3 * counts.max() <= len(part)
                assert len(part) ** 2 >= 5 * (counts**2).sum()


def test_suppression_adds_up_and_most_threads_leave(sample_home: Path) -> None:
    ((shares, left),) = private(
        sample_home, "select sum(share), sum(share) filter (fate = 'released') from quality.suppression"
    )
    assert shares == pytest.approx(1) and left > 0.85
    curve = private(sample_home, "select kept_share, dominated_share from quality.cap_curve order by cap nulls last")
    kept, dominated = zip(*curve, strict=True)
    assert list(kept) == sorted(kept) and kept[-1] == 1
    assert list(dominated) == sorted(dominated) and dominated[0] == 0 < dominated[-1]


def test_the_file_opens_alone_and_answers(sample_home: Path) -> None:
    assert released(sample_home, "select count(*) > 20000 from release.threads") == [(True,)]
    assert released(sample_home, "select count(*) from release.examples") == released(
        sample_home, "select count(*) from release.threads"
    )
    ((count,),) = released(sample_home, "select message_count from release.threads where thread_id = 7")
    assert len(released(sample_home, "from explore.thread(7)")) == count
    assert released(sample_home, "from explore.persona(25, 3)")
    assert released(sample_home, "from explore.search('carbon tax')")
    for name, n_alike in (("personas", 8), ("threads", 4)):  # the rest of a thread is who and when
        columns = f"select column_name from duckdb_columns() where (schema_name, table_name) = ('explore', '{name}')"
        assert len(set(private(sample_home, columns)) & set(released(sample_home, columns))) == n_alike
    schemas = released(sample_home, "select distinct schema_name from duckdb_tables()")
    assert schemas == [("release",)]


def test_the_released_columns_are_those_of_the_contract(sample_home: Path) -> None:
    manifest = json.loads((sample_home / "target/manifest.json").read_text())
    for table in ("threads", "messages", "personas", "mixing", "data_card"):
        node = manifest["nodes"][f"model.simpact.release_{table}"]
        assert node["config"]["contract"]["enforced"]
        contract = [(name, column["data_type"].upper()) for name, column in node["columns"].items()]
        assert [row[:2] for row in released(sample_home, f"describe release.{table}")] == contract
    assert [row[:2] for row in released(sample_home, "describe release.examples")] == [
        *(("thread_id", "BIGINT"), ("split", "VARCHAR"), ("time_bucket", "VARCHAR"), ("personas", "MAP(INTEGER, INTEGER)")),
        ("context", 'STRUCT(speaker VARCHAR, gap VARCHAR, "text" VARCHAR)[]'),
        *(("speaker", "VARCHAR"), ("action_type", "VARCHAR"), ("text", "VARCHAR")),
    ]


def test_every_figure_of_the_data_card_is_there(sample_home: Path) -> None:
    card = {(section, item): value for section, item, value in released(sample_home, "from release.data_card")}
    assert card["settings", "k"] == "10" and int(card["privacy", "k_reached"]) >= 10
    assert card["counts", "threads"] == str(released(sample_home, "select count(*) from release.threads")[0][0])
    assert {section for section, _ in card} == {
        *("release", "settings", "models", "input", "counts", "privacy", "suppression"),
        *("redaction", "redaction_recall", "attacks"),
    }
    assert re.fullmatch(r"[0-9a-f]{40}|unknown", card["release", "commit"])


def test_no_name_of_anybody_is_in_the_release(sample_home: Path) -> None:
    """Every handle and DID of the archive, every display name of two words, every planted piece but for addresses."""
    with duckdb.connect(str(sample_home / "simpact_private.duckdb"), read_only=True) as connection:
        connection.execute(f"attach '{sample_home / 'simpact_release.duckdb'}' as given (read_only)")
        found = connection.execute("""
            select count(*)
            from (
                select distinct did as name from raw.events where did is not null
                union select handle from staging.stg_bluesky__identities
                union select display_name from staging.stg_bluesky__profiles where display_name like '% %'
                union select value from read_json('seeds/sample/truth/pii.ndjson') where entity not in ('ADDRESS', 'PERSON')
            )
            inner join (select distinct lower(message_text) as words from given.release.messages)
            on contains(words, lower(name))
        """).fetchall()
    assert found == [(0,)]


def test_what_the_attacks_find_is_what_the_gate_lets_pass(sample_home: Path) -> None:
    verdicts = dict(private(sample_home, "select attack, verdict from quality.attacks where is_gated"))
    assert set(verdicts.values()) == {"withstood"} and len(verdicts) >= 13
    ((risk,),) = private(sample_home, "select risk_ci_low from quality.attacks where attack = 'exact_text'")
    assert risk > 0.5  # words can be searched, and the report says so


def test_the_redaction_finds_what_is_planted_marked_and_made(sample_home: Path) -> None:
    recalls = private(sample_home, "select source, entity, recall from quality.redaction where recall is not null")
    low = {(source, entity) for source, entity, recall in recalls if recall < 0.99}
    assert low <= {("planted", "PERSON"), ("planted", "ADDRESS"), ("templates", "PERSON"), ("templates", "LOCATION")}
    assert {source for source, _, _ in recalls} == {"planted", "facets", "templates"}
    assert private(sample_home, "select n_found > 5000, n_spurious from quality.redaction where source = 'second_scan'") == [
        (True, 0)
    ]


def test_nothing_is_redacted_twice(home: Path) -> None:
    keys = "select count(*), count(distinct redaction_key) from private.redacted_texts"
    before = private(home, keys)
    result = run_dbt("build", "--select", "int_privacy__texts+", *NO_TESTS, *NO_EXPERIMENT, home=home)
    assert result.returncode == 0, result.stdout
    assert "Redacting" not in result.stderr
    assert private(home, keys) == before


def test_the_key_stands_in_no_file(home: Path) -> None:
    """Nor what HMAC makes of it, raw, hexadecimal or in base64."""
    assert main_in(home, "export") == 0
    block = KEY.encode().ljust(64, b"\0")
    secrets = [KEY.encode(), *(bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))]
    forms = [form for secret in secrets for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:-4])]
    forms += [form.upper() for form in forms[1::3]]
    places = {path.relative_to(home).parts[0] for path, _ in all_bytes(home)}
    assert places >= {"logs", "target", "exports", "simpact_private.duckdb", "simpact_release.duckdb", "simpact_index"}
    assert not [path for path, content in all_bytes(home) for form in forms if form in content]


def test_a_key_and_a_seed_give_the_same_release_again_and_another_key_another(home: Path) -> None:
    options = ["--select", "int_privacy__salt+", *NO_EXPERIMENT, "--vars", "release_seed: 7"]
    threads = "select md5(string_agg(messages::varchar, '' order by thread_id, message_index)) from release.messages"
    digests = []
    for key in (KEY, KEY, "another " + KEY):
        result = run_dbt("run", *options, home=home, SIMPACT_KEY=key)
        assert result.returncode == 0, result.stdout
        digests.append(released(home, threads))
    assert digests[0] == digests[1] != digests[2]
    assert private(home, "select count(*), count(distinct release_id) from private.releases") == [(3, 3)]


@pytest.mark.parametrize("command", ["build", "run"])
def test_a_closed_gate_leaves_the_release_as_it_was(command: str, home: Path) -> None:
    """With the canary where an expectation breaks, in no row, page, log or sentence of it."""
    canary = "kingfisher7351"
    before = (home / "simpact_release.duckdb").read_bytes()
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute(f"update private.candidate_messages set speaker = '{canary}' where thread_id = 7")
        connection.execute(f"update private.candidate_messages set message_text = 'ask did:plc:{canary}' where thread_id < 3")
    shutil.rmtree(home / "logs")
    result = run_dbt("run", *WRITTEN, "--select", "release_threads", home=home)
    assert "gate_release judged something else than what is to leave: build it again. Nothing is released." in result.stdout
    result = run_dbt(command, *WRITTEN, "--select", "int_privacy__checked_release+", *NO_EXPERIMENT, "attacks", home=home)
    assert result.returncode != 0
    assert {"dbt.log", "run_results.json"} <= {path.name for path, _ in all_bytes(home)}
    said = result.stdout + result.stderr
    assert "CLOSED     gate_release: A DID is the account. (int_privacy__checked_release.n_texts_with_did, 1 of 1 rows)" in said
    assert "CLOSED     gate_release: Speakers are numbered by first appearance" in said
    assert "Gates      release: CLOSED (" in said
    assert f"Released   nothing; the release of an earlier build stays as it was ({home}/simpact_release.duckdb)" in said
    assert (home / "simpact_release.duckdb").read_bytes() == before
    assert canary not in said
    assert (home / "data_docs/gate_release/index.html").exists()
    looked_in = [path for path, _ in all_bytes(home) if path.name != "simpact_private.duckdb"]
    assert not [path for path in looked_in if canary.encode() in path.read_bytes()]
    assert canary not in str(private(home, "from quality.gate_release"))


def test_a_value_that_breaks_an_expectation_is_told_to_nobody(tmp_path: Path) -> None:
    suite = {
        "name": "checked",
        "expectations": [
            {
                "type": "expect_column_values_to_be_in_set",
                "kwargs": {"column": "a", "value_set": ["b"]},
                "meta": {"why": "So."},
            },
            {
                "type": "expect_column_values_to_not_match_regex",
                "kwargs": {"column": "a", "regex": "king"},
                "meta": {"why": "No."},
            },
        ],
    }
    (tmp_path / "checked.json").write_text(json.dumps(suite))
    table = pa.table({"a": ["kingfisher7351", "b"]})
    rows = run_gate("gate", {"checked": table}, {}, suites=tmp_path, docs=tmp_path / "docs")
    assert rows["success"].to_pylist() == [False, False] and rows["n_unexpected"].to_pylist() == [1, 1]
    assert "kingfisher" not in str(rows.to_pylist())
    pages = [path for path, _ in all_bytes(tmp_path / "docs") if path.suffix == ".html"]
    assert len(pages) >= 3 and not [page for page in pages if "kingfisher" in page.read_text()]
    assert (tmp_path / "checked.json").read_text() == json.dumps(suite)


def test_prod_wants_a_key_of_thirty_two_bytes(tmp_path: Path) -> None:
    result = run_dbt("build", "--target", "prod", home=tmp_path / "home", SIMPACT_KEY=None)
    assert result.returncode != 0
    assert "SIMPACT_KEY is not set: set it to 32 random bytes or more, as `openssl rand -base64 32` prints." in result.stdout
    assert "Traceback" not in result.stdout
    with pytest.raises(UserError, match="SIMPACT_KEY has 31 bytes"):
        read_key({"SIMPACT_KEY": 31 * "k"}, is_required=False)


def test_a_key_is_hmac_and_without_one_every_process_has_its_own() -> None:
    key = read_key({"SIMPACT_KEY": KEY}, is_required=True)
    assert key("person did:plc:a") == hmac.digest(KEY.encode(), b"person did:plc:a", "sha256").hex()
    assert read_key({}, is_required=False)("a") != read_key({}, is_required=False)("a")
