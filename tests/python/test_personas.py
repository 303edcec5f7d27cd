"""From the sample to personas: the latent groups are found, numbers last, and the gate closes."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from sklearn.metrics import adjusted_rand_score

from oracle import ROOT
from warehouse import run_dbt

BEHAVIOUR = {"grouping": "behaviour", "embedder": "none/that-exists"}  # it needs none
NO_TESTS = ("--exclude-resource-type", "test", "unit_test")


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_home, tmp_path / "home"))


def ask(home: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(home / "simpact_private.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def groups() -> dict[str, str]:
    lines = (ROOT / "seeds/sample/truth/users.ndjson").read_text().splitlines()
    return {user["did"]: user["group"] for user in map(json.loads, lines)}


def test_the_latent_groups_are_found_at_their_scale(sample_home: Path) -> None:
    members = dict(ask(sample_home, "select user_did, persona_id from private.persona_members where scale = 10"))
    truth = groups()
    assert adjusted_rand_score([truth[did] for did in members], list(members.values())) > 0.8


def test_top_terms_are_words_of_the_group(sample_home: Path) -> None:
    truth = groups()
    vocabulary = tomllib.loads((ROOT / "python_models/simpact/sample/vocabulary.toml").read_text())["groups"]
    own = {group: json.dumps(words, ensure_ascii=False).lower() for group, words in vocabulary.items()}
    members = ask(sample_home, "select persona_id, user_did from private.persona_members where scale = 10")
    for persona, terms in ask(sample_home, "select persona_id, top_terms from private.personas where scale = 10"):
        group, _ = Counter(truth[did] for number, did in members if number == persona).most_common(1)[0]
        others = " ".join(words for name, words in own.items() if name != group)
        assert sum(term in own[group] for term in terms) >= 5, (group, terms)
        assert sum(term in own[group] and term not in others for term in terms) >= 2, (group, terms)


def test_every_user_in_scope_is_in_one_persona_per_scale_of_at_least_ten(sample_home: Path) -> None:
    assert ask(sample_home, "select scale from private.persona_quality order by all") == [(2,), (10,), (25,)]
    assert ask(sample_home, "select min(n_users) >= 10 from private.personas") == [(True,)]
    paths = "select count(distinct parent_persona_id) from private.personas where scale = 10 and parent_persona_id is not null"
    assert ask(sample_home, paths) == [(2,)]
    everybody = "(select count(*) from private.int_users__in_scope)"
    wrong = f"select scale from private.persona_members group by scale having count(distinct user_did) <> {everybody}"
    assert ask(sample_home, wrong) == []
    assert (
        "Personas   at scale 2, 10, 25 (private.personas, private.persona_quality)" in (sample_home / "build.txt").read_text()
    )


def test_nothing_is_left_behind_by_the_embedding(sample_home: Path) -> None:
    assert ask(sample_home, "select table_name from duckdb_tables() where table_name like '%dbt_tmp%'") == []
    texts = "select count(*) from private.int_personas__embedded"
    assert ask(sample_home, texts) == ask(sample_home, "select count(*) from private.text_embeddings")


def test_fewer_users_keep_their_personas_and_unwritten_texts_disappear(home: Path) -> None:
    before = ask(home, "select count(*) from private.text_embeddings")[0][0]
    options = ["--vars", json.dumps({"min_posts_per_user": 3, "persona_scales": [2, 10, 25, 1000]}), *NO_TESTS]
    options += ["--select", "+gate_personas", "+persona_quality", "+personas"]
    result = run_dbt("build", *options, home=home)
    assert result.returncode == 0, result.stdout
    assert "text_embeddings" in result.stdout and "Loading" not in result.stderr  # there is nothing to embed
    assert "Left out   scale 1000: too few users in scope for so many personas of at least 10 people" in result.stdout
    after = ask(home, "select count(*), count(distinct text_hash) from private.text_embeddings")[0]
    assert after[0] == after[1] < before
    assert after[:1] == ask(home, "select count(*) from private.int_personas__embedded")[0]
    moved = dict(ask(home, "select scale, moved_share from private.persona_quality"))
    assert moved[2] < 0.1 and moved[10] < 0.1
    assert re.search(r"Personas   at scale 2, 10, 25; moved: .*\d users at 25 \(", result.stdout)
    numbers = (
        "select scale, count(distinct persona_id), max(persona_id) + 1 from private.personas group by scale order by scale"
    )
    assert ask(home, numbers) == [(2, 2, 2), (10, 10, 10), (25, 25, 25)]


@pytest.mark.parametrize("settings", [BEHAVIOUR, {"grouping": "random"}, {"personas": "independent"}], ids=str)
def test_other_groupings_pass_the_same_gate(home: Path, settings: dict[str, str]) -> None:
    options = ["--selector", "personas", "--exclude-resource-type", "unit_test", "--vars", json.dumps(settings)]
    result = run_dbt("build", *options, home=home)
    assert result.returncode == 0, result.stdout
    members = dict(ask(home, "select user_did, persona_id from private.persona_members where scale = 10"))
    truth = groups()
    agreement = adjusted_rand_score([truth[did] for did in members], list(members.values()))
    assert (agreement > 0.8) == ("personas" in settings)
    silhouette = dict(ask(home, "select scale, silhouette from private.persona_quality"))[10]
    assert (silhouette < 0) == (settings.get("grouping") == "random")


def test_the_gate_closes_on_a_small_persona_a_missing_user_a_missing_scale_and_a_missing_vector(home: Path) -> None:
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute("""
            update private.int_personas__clusters set cluster_id = (cluster_id + 1) % 25
            where scale = 25 and user_number in (
                select user_number from private.int_personas__clusters where scale = 25 and cluster_id = 3 order by 1 offset 4
            )
        """)
        connection.execute("delete from private.int_personas__clusters where scale = 2 and user_number < 3 or scale = 10")
        connection.execute("delete from private.user_vectors where part = 'whole' and user_number = 5")
    of_personas = "int_personas__numbers+,path:models/intermediate/personas"
    result = run_dbt("build", "--select", of_personas, "gate_personas", "--exclude-resource-type", "unit_test", home=home)
    assert result.returncode != 0
    assert "FAIL 7 gate_personas_is_open" in result.stdout
    assert (
        "CLOSED     gate_personas: Every user in scope has one persona per scale, not more and not fewer. "
        "(int_personas__checked_scales.n_rows_beyond_users, 2 of 3 rows)" in result.stdout
    )
    assert "A user of whom nothing is known belongs to no persona." in result.stdout
    assert "CLOSED     gate_personas: A persona of fewer people than the minimum speaks for persons." in result.stdout


def test_a_model_that_cannot_be_loaded_stops_with_one_sentence(home: Path) -> None:
    options = ["--target", "prod", "--select", "text_embeddings", "--vars", "undefined_intents: allow"]
    result = run_dbt("run", *options, home=home, HF_HUB_OFFLINE="1", HF_HOME=str(home / "cache"))
    assert result.returncode != 0
    assert "Setting embedder: 'intfloat/multilingual-e5-large' is no folder" in result.stdout
    assert "Traceback" not in result.stdout
