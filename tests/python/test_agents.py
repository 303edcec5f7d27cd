"""Agents for simulators: what they read loads, nobody's words are in it, and the draw is what it says it is."""

from __future__ import annotations

import ast
import csv
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import yaml

from homes import main_in
from released import HARD_TEXTS, make_release
from simpact.exports.adapters import serving_line
from simpact.exports.agents import ANYBODY, OASIS_COLUMNS, Persona, draw, shared_out
from simpact.release import RELEASE_FILE

N, SCALE = 60, 5


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release, two exported adapters and agents. Not to be changed."""
    home = tmp_path_factory.mktemp("it's drawn")
    make_release(home / RELEASE_FILE, 400, (2, SCALE))
    (home / "exported_adapters").mkdir()
    adapters = [
        {"adapter": name, "base_model": "base", "rank": 16, "is_smoke": True}
        for name in ("all", f"persona_{SCALE}_3", f"unclustered_{SCALE}_3")
    ]
    (home / "exported_adapters/manifest.json").write_text(json.dumps({"adapters": adapters}))
    assert main_in(home, "export-agents", "--n", str(N)) == 0
    return home


@pytest.fixture(scope="module")
def folder(home: Path) -> Path:
    return home / "exported_agents"


def persona(number: int, people: int) -> Persona:
    return Persona(number, people, people, ("tax", "café"), (("like", 1.0),), (), None, None)


def test_agents_are_shared_out_as_people_are(folder: Path) -> None:
    agents = json.loads((folder / "silisocs_agents.json").read_text())
    counts = Counter(agent["persona"] for agent in agents)
    people = [12, 13, 14, 15, 16]
    assert sum(counts.values()) == N and list(counts) == sorted(counts)
    assert all(abs(counts[number] - N * people[number] / sum(people)) < 1 for number in range(SCALE))


@pytest.mark.parametrize("weights, n", [([1, 1, 1], 1), ([3, 1], 4), ([1e-9, 5.0], 7), ([2, 3, 5], 1000)])
def test_what_is_shared_out_adds_up_and_is_off_by_less_than_one(weights: list[float], n: int) -> None:
    counts = shared_out(weights, n)
    assert sum(counts) == n and all(abs(c - n * w / sum(weights)) < 1 for c, w in zip(counts, weights, strict=True))


def test_whom_agents_follow_is_drawn_by_the_matrix() -> None:
    personas = [persona(0, 50), persona(1, 50)]
    agents = draw(personas, {(0, 1): 0.9, (0, ANYBODY): 0.1, (1, 1): 1.0}, 400, 12, seed=3)
    links = [(a.persona.number, agents[b].persona.number) for a in agents for b in a.follows]
    assert all(a.number not in a.follows and set(a.follows) <= set(range(400)) for a in agents)
    to_other = np.mean([target for source, target in links if source == 0])
    assert 0.93 < to_other < 0.97  # 0.9, and half of those who may be anybody
    assert {target for source, target in links if source == 1} == {1}
    assert 10 < len(links) / 400 < 12.5


def test_the_same_numbers_give_the_same_bytes_and_another_seed_others(home: Path, tmp_path: Path) -> None:
    for name, seed in (("again", "1"), ("other", "2")):
        assert main_in(home, "export-agents", "--n", str(N), "--seed", seed, "--out", str(tmp_path / name)) == 0
    read = {name: {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("again", "other")}
    assert read["again"] == {path.name: path.read_bytes() for path in (home / "exported_agents").iterdir()}
    assert read["again"]["oasis_agents.csv"] != read["other"]["oasis_agents.csv"]
    assert (
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "again", check=False).returncode == 0
    )


def test_nothing_in_them_was_written_by_a_person(folder: Path) -> None:
    everything = "".join(path.read_text() for path in folder.iterdir())
    assert not [text for text in HARD_TEXTS if len(text) > 6 and (text in everything or json.dumps(text)[1:-1] in everything)]
    assert {agent["seed_post"] for agent in json.loads((folder / "silisocs_agents.json").read_text())} == {""}


def test_the_shape_is_the_one_that_oasis_documents(folder: Path) -> None:
    """camel-oasis 0.2.5 reads these columns with pandas, and the lists in them with ast.literal_eval."""
    with (folder / "oasis_agents.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == OASIS_COLUMNS and [int(row["user_id"]) for row in rows] == list(range(N))
    assert len({row["username"] for row in rows}) == N and all(row["user_char"] and row["description"] for row in rows)
    for row in rows:
        assert ast.literal_eval(row["previous_tweets"]) == []
        followed = ast.literal_eval(row["following_agentid_list"])
        assert isinstance(followed, list) and set(followed) <= set(range(N)) - {int(row["user_id"])}
    assert any(ast.literal_eval(row["following_agentid_list"]) for row in rows)


def test_the_shape_is_the_one_that_silisocs_documents(folder: Path) -> None:
    """Fields that a pipeline maps, unique names, a `model` per agent, and an adjacency of names."""
    agents = json.loads((folder / "silisocs_agents.json").read_text())
    mapped = yaml.safe_load((folder / "silisocs_agents.yaml").read_text())["persona_pipeline"]["classes"]["persona"]
    assert mapped["count"] == N and all(set(mapped["field_map"].values()) <= set(agent) for agent in agents)
    names = [agent["name"] for agent in agents]
    assert len(set(names)) == N and all(agent["context"] for agent in agents)
    following = json.loads((folder / "silisocs_follow_graph.json").read_text())["following"]
    assert list(following) == names and all(set(followed) <= set(names) for followed in following.values())
    assert {agent["model"] for agent in agents if agent["persona"] == 3} == {"persona_5_3"}
    assert {agent["model"] for agent in agents if agent["persona"] != 3} == {"all"}


def test_silisocs_loads_them(folder: Path) -> None:
    """With its own builder and its own graph, where it is installed (`pip install silisocs`)."""
    builders = pytest.importorskip("silisocs.runtime.construction.agent_builders.persona_pipeline")
    network = pytest.importorskip("silisocs.environments.backends.social.network")
    from omegaconf import OmegaConf

    config = OmegaConf.load(folder / "silisocs_agents.yaml")
    config.persona_pipeline.classes.persona.data.path = str(folder / "silisocs_agents.json")
    built = builders.PersonaPipelineAgentBuilder(config).build_agent_configs()
    agents = json.loads((folder / "silisocs_agents.json").read_text())
    for config_of_agent, agent in zip(built, agents, strict=True):
        params: dict[str, Any] = config_of_agent.params
        assert (params["name"], params["context"], params["bio"]) == (agent["name"], agent["context"], agent["bio"])
        assert params["model"] == {"name": agent["model"]}
    names = [agent["name"] for agent in agents]
    graph = {"network_type": "predefined", "predefined_graph_path": str(folder / "silisocs_follow_graph.json")}
    links = network.generate_follow_network(names, dict.fromkeys(names, "persona"), graph)
    assert links == {
        name: sorted(followed)
        for name, followed in json.loads((folder / "silisocs_follow_graph.json").read_text())["following"].items()
    }


def test_vllm_serves_the_adapters_that_agents_name_and_no_others(folder: Path) -> None:
    line = (folder / "serve.sh").read_text().split("\n")[1]
    assert line.startswith("vllm serve base --enable-lora --max-loras 2 --max-lora-rank 16 --lora-modules all=all persona_5_3=")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["release_id"], manifest["schema_version"], manifest["scale"]) == ("r1", "1", SCALE)
    assert "smoke model" in (folder / "README.md").read_text()


def test_vllm_is_given_the_least_rank_that_it_takes() -> None:
    adapters = [{"adapter": name, "base_model": "a base", "rank": rank} for name, rank in (("all", 4), ("persona_2_1", 12))]
    assert serving_line(adapters).startswith("vllm serve 'a base' --enable-lora --max-loras 2 --max-lora-rank 16 ")


def test_without_matrix_adapters_or_people_they_are_drawn_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_release(tmp_path / RELEASE_FILE, 40, (2, SCALE))
    with duckdb.connect(str(tmp_path / RELEASE_FILE)) as connection:
        connection.execute("""
            delete from release.mixing; update release.personas set user_count = null, top_terms = null;
            update release.threads set time_bucket = null; delete from release.data_card where section = 'counts'
        """)
    assert main_in(tmp_path, "export-agents", "--n", "1", "--scale", "2") == 0
    said = capsys.readouterr().err
    assert "agents follow by chance" in said and "agents name no model" in said
    (agent,) = json.loads((tmp_path / "exported_agents/silisocs_agents.json").read_text())
    assert "model" not in agent and not (tmp_path / "exported_agents/serve.sh").exists()
    with pytest.raises(SystemExit):
        main_in(tmp_path, "export-agents", "--n", "5", "--scale", "7")
    assert "no personas at scale 7, but at 2, 5" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main_in(tmp_path, "export-agents", "--n", "5", "--seed", "-1")
    assert "argument --seed: '-1' is not a whole number from 0 on" in capsys.readouterr().err
