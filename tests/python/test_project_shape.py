"""The architecture, as assertions on dbt's own manifest and on the SQL it compiles."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from oracle import ROOT
from simpact.report.figures import QUERIES
from simpact.report.gates import GATES
from warehouse import run_dbt

# What the models of a schema may read. `private` shows the coverage of the last build before it says that a fold is complete,
# and says which releases were written.
MAY_READ = {
    "raw": {"raw"},
    "staging": {"raw", "staging"},
    "private": {"raw", "staging", "private", "seeds", "quality", "release", "experiment"},
    "quality": {"raw", "staging", "private", "seeds", "quality", "attacks"},
    "explore": {"private", "quality"},
    "attacks": {"staging", "private"},
    "release": {"private", "quality"},
    "experiment": {"release", "private", "seeds", "experiment"},
}


@pytest.fixture(scope="module")
def project(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """Manifest and catalog of a warehouse built from the bundled sample."""
    home = Path(shutil.copytree(sample_home, tmp_path_factory.mktemp("project") / "home"))
    result = run_dbt("docs", "generate", home=home)
    assert result.returncode == 0, result.stdout
    return tuple(json.loads((home / "target" / name).read_text()) for name in ("manifest.json", "catalog.json"))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def models(project: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return {name: node for name, node in project[0]["nodes"].items() if node["resource_type"] == "model"}


def test_each_schema_reads_only_what_it_may(models: dict[str, Any], project: tuple[dict[str, Any], dict[str, Any]]) -> None:
    nodes = project[0]["nodes"]
    wrong = {
        (name, parent)
        for name, node in models.items()
        for parent in node["depends_on"]["nodes"]
        if parent in nodes and nodes[parent]["schema"] not in MAY_READ[node["schema"]]
    }
    assert not wrong
    reading = {name for name, node in models.items() for parent in node["depends_on"]["nodes"] if parent not in nodes}
    assert reading == {"model.simpact.events"}  # the archive itself


def test_only_landing_and_staging_read_the_json_of_records(models: dict[str, Any]) -> None:
    """JSON is taken apart in staging and nowhere above it."""
    parsing = {node["name"] for node in models.values() if "json_" in node["raw_code"]}
    assert all(models[f"model.simpact.{name}"]["schema"] in ("raw", "staging") for name in parsing)


def test_everything_that_can_name_a_person_is_private_to_the_group_inside(models: dict[str, Any]) -> None:
    """But for the candidates, which are the one door, the gates in front of it, and what is known of models and of no person.

    What is released belongs to no group, nor do experiments: dbt refuses them whatever is private.
    """
    doors = {"candidate_threads", "candidate_messages", "candidate_personas", "candidate_mixing", "candidate_data_card"}
    gates = {"gate_intake", "gate_personas", "gate_release", "int_privacy__fingerprint"}
    gates |= {"gate_adapters"}
    of_models = {
        "adapter_plan",
        "trained_adapters",
        "adapter_curves",
        "adapter_verdicts",
        "measured",
        "measured_diagonality",
    }
    of_models |= {"measured_automation", "action_measures"}
    of_models |= {f"int_experiment__{name}" for name in ("losses", "predictions", "generations", "clustering", "cross_losses")}
    of_models |= {"int_experiment__persona_prompts"}  # threads of the release, by their released ids
    for node in models.values():
        if node["schema"] in ("release", "experiment"):
            assert (node["group"], node["access"]) == (None, "public"), node["name"]
        else:
            access = "protected" if node["name"] in doors | gates | of_models else "private"
            assert (node["group"], node["access"]) == ("inside", access), node["name"]


def test_what_is_released_reads_one_door_each_behind_every_gate(models: dict[str, Any]) -> None:
    for node in models.values():
        if node["schema"] == "release":
            door = node["name"].replace("release_", "candidate_")
            behind = {
                f"model.simpact.{name}"
                for name in (door, "int_privacy__fingerprint", "gate_intake", "gate_personas", "gate_release")
            }
            assert set(node["depends_on"]["nodes"]) == behind and node["config"]["contract"]["enforced"]


def test_every_model_and_every_column_is_described(project: tuple[dict[str, Any], dict[str, Any]]) -> None:
    manifest, catalog = project
    bare = []
    for name, node in manifest["nodes"].items():
        if node["resource_type"] not in ("model", "seed"):
            continue
        described = {column for column, entry in node["columns"].items() if entry["description"]}
        if not node["description"]:
            bare.append(name)
        if name in catalog["nodes"]:
            bare += [f"{name}.{column}" for column in catalog["nodes"][name]["columns"] if column not in described]
            bare += [f"{name}.{column} (no such column)" for column in described - set(catalog["nodes"][name]["columns"])]
    assert not bare


def test_what_leaves_and_the_archive_are_described_with_all_that_they_stand_on(
    project: tuple[dict[str, Any], dict[str, Any]], models: dict[str, Any]
) -> None:
    exposures = {exposure["name"]: exposure for exposure in project[0]["exposures"].values()}
    assert exposures.keys() == {"dataset", "agents", "adapters", "report"}
    for exposure in exposures.values():
        assert exposure["description"] and exposure["owner"]["name"]
        assert all(models[name]["access"] != "private" for name in exposure["depends_on"]["nodes"])
    released = {name for name, node in models.items() if node["schema"] == "release"}
    assert set(exposures["dataset"]["depends_on"]["nodes"]) == released
    queries = "".join(path.read_text() for path in QUERIES.glob("*.sql"))
    may_name = {*re.findall(r"\b(?:release|experiment)\.\w+", queries), *(f"quality.gate_{gate}" for gate in GATES)}
    listed = {f"{models[name]['schema']}.{models[name]['alias']}" for name in exposures["report"]["depends_on"]["nodes"]}
    assert listed == may_name
    (source,) = project[0]["sources"].values()
    assert source["description"] and source["source_description"] and source["loaded_at_query"]


def test_every_model_says_its_grain_and_has_a_tested_key(
    models: dict[str, Any], project: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    tests = [node for node in project[0]["nodes"].values() if node["resource_type"] == "test"]
    key_tests = [test for test in tests if (test.get("test_metadata") or {}).get("name") in ("unique", "unique_together")]
    keyed = {test["attached_node"] for test in key_tests}
    keyless = {
        "stg_fold__started",
        "int_fold__completed",
        "stg_bluesky__facets",
        "int_personas__signals",
        "int_intake__checked_archive",
        "int_privacy__checked_release",
    }  # one row; or as many alike as there are
    for name, node in models.items():
        if node["config"]["materialized"] == "table_function":
            continue
        assert node["description"].startswith("Grain: one row"), name
        assert name in keyed or node["name"] in keyless, name


def test_every_macro_is_documented(project: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours = {name: macro for name, macro in project[0]["macros"].items() if macro["package_name"] == "simpact"}
    dispatched = re.compile(r"^(duckdb|spark)__")
    assert not [m["name"] for m in ours.values() if not m["description"] and not dispatched.match(m["name"])]


def test_every_rule_has_a_unit_test(project: tuple[dict[str, Any], dict[str, Any]]) -> None:
    tested = {test["model"] for test in project[0]["unit_tests"].values()}
    rules = {
        node["name"]
        for node in project[0]["nodes"].values()
        if node["resource_type"] == "model"
        and node["name"].startswith(("stg_bluesky__", "base_bluesky__posts", "int_actions__", "int_posts__", "int_threads__"))
    }
    assert rules - tested == {"stg_bluesky__person_events"}


def test_each_selector_stands_on_those_before_it_and_together_they_are_everything(models: dict[str, Any]) -> None:
    """So that one after the other builds on a machine on which nothing was built."""
    selectors = {each["name"]: each["definition"] for each in yaml.safe_load((ROOT / "selectors.yml").read_text())["selectors"]}
    built: set[str] = set()
    for name in ("threads", "personas", "release", "experiment"):
        places = [rule["value"] for rule in selectors[name]["union"] if "value" in rule]
        left_out = {each["value"] for rule in selectors[name]["union"] for each in rule.get("exclude", [])}
        built |= {
            unique_id
            for unique_id, node in models.items()
            if node["name"] in places or any(".".join(node["fqn"][1:]).startswith(f"{place}.") for place in places)
            if node["name"] not in left_out
        }
        parents = {parent for unique_id in built for parent in models[unique_id]["depends_on"]["nodes"]}
        assert not (parents & models.keys()) - built, name
    assert built == models.keys()


def test_settings_have_the_same_keys_in_every_target() -> None:
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["settings"]
    outputs = yaml.safe_load((ROOT / "profiles.yml").read_text())["simpact"]["outputs"]
    assert settings.keys() == outputs.keys() and all(values.keys() == settings["local"].keys() for values in settings.values())


def test_every_target_bounds_threads_memory_and_spill() -> None:
    outputs = yaml.safe_load((ROOT / "profiles.yml").read_text())["simpact"]["outputs"]
    bounds = {
        "duckdb": {"threads", "memory_limit", "temp_directory"},
        "sparksession": {"spark.master", "spark.driver.memory", "spark.local.dir"},
    }
    for output in outputs.values():
        assert output.get("config_options", output.get("server_side_parameters")).keys() >= bounds[output["type"]]


def test_production_wants_a_key_and_a_folder() -> None:
    outputs = yaml.safe_load((ROOT / "profiles.yml").read_text())["simpact"]["outputs"]
    assert outputs["prod"]["plugins"][0]["config"]["is_key_required"] and outputs["spark_prod"]["is_key_required"]
    folder = "{{ env_var('SIMPACT_HOME') }}"
    assert outputs["spark_prod"]["host"] == folder and outputs["prod"]["path"].startswith(folder)


def test_no_sql_file_lies_among_the_python_tests() -> None:
    """dbt would run it as a data test."""
    assert not list((ROOT / "tests/python").rglob("*.sql"))


# One SQL for two engines: what must not stand in a model between raw and release, because DuckDB and Spark have no common form
# for it or mean different things by it.
NOT_PORTABLE = {
    r"\bexclude\s*\(": "name the columns",
    r"\breplace\s*\(\s*case": "name the columns",
    r"\bcolumns\s*\(": "name the columns",
    r"\b(arg_max|arg_min|list|list_value|first|last)\s*\(": "max_by, min_by, ordered_list",
    r"(::|\bas)\s*(varchar|text)\b(?=\s*\))": "string",
    r"\bunion\s+(all\s+)?by\s+name\b": "name the columns",
    r"\bdistinct\s+on\b": "row_number",
    r"\bignore\s+nulls\b": "filter first",
    r"\barray_agg\s*\([^)]*\border\s+by\b": "ordered_list",
    r"\bregexp_replace\s*\(": "replace_all",
    r"\bregexp_matches\s*\(": "regexp_like",
    r"\bsplit\s*\(": "split_part",
    r"\b(lower|upper)\s*\(": "small_letters",
    r"\btrim\s*\((?!words_of\()": "text_skeleton, words_of",
    r"\btry_cast\s*\(": "whole_number",
    r"\bconcat\s*\(": "|| or concat_ws",
    r"\barray_(position|distinct)\s*\(": "array_contains",
    r"\bdatediff\s*\(|\bextract\s*\(\s*dow\b": "arithmetic on microseconds",
    r"[^/]//[^/]": "floor",
    r"\blambda\b|->": "unnest",
    r"\bmaterialized\s*\(|\bas\s+(not\s+)?materialized\b": "a model",
    r"\{\s*'": "named_struct has no common form",
}
# DuckDB's own by design: landing, exploring, the bookkeeping of incremental folds, which Spark's tables cannot do, and what
# looks at a finished release.
ENGINE_OWN = (
    *("models/landing/", "models/marts/explore/", "models/staging/fold/", "models/intermediate/fold/"),
    *("models/intermediate/attacks/", "models/intermediate/privacy/int_privacy__planted.sql"),
    *("models/intermediate/experiment/", "models/marts/experiment/", "models/intermediate/prediction/"),
)


def raw_sql(path: Path) -> str:
    """A model without comments and literals, and without what Jinja writes: the dispatched macros have one body per engine."""
    text = re.sub(r"\A\{\{\s*config\(.*?\)\s*\}\}\n", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"--[^\n]*", "", text)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", " ", text, flags=re.DOTALL)
    return re.sub(r"'[^']*'", "''", text)


SHARED = [path for path in sorted((ROOT / "models").rglob("*.sql")) if not str(path.relative_to(ROOT)).startswith(ENGINE_OWN)]


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.stem)
def test_models_keep_to_the_sql_that_duckdb_and_spark_share(path: Path) -> None:
    sql = raw_sql(path)
    found = {instead: re.search(pattern, sql) for pattern, instead in NOT_PORTABLE.items()}
    assert not {instead: match.group() for instead, match in found.items() if match}
    assert '"' not in sql, "a double quote is a string in Spark"
    assert not re.search(r"\w\[\d+\]", sql), "lists begin at 1 here and at 0 there"
    patterns = re.findall(r"(?:regexp_like|replace_all)\((.*)", "" if "on_driver(" in path.read_text() else path.read_text())
    assert not [pattern for pattern in patterns if re.search(UNLIKE_PATTERN, pattern)], "a function of the vocabulary"


# Java has another space and other letters, knows no cases beyond ASCII, and takes a line for ended before its last break.
UNLIKE_PATTERN = r"\\[bBdDpPsSwW]|\(\?i\)|\$'"


BAD = """select * exclude (a), * replace (case when a then b end as a), columns('x'), arg_max(a, b), cast(a as varchar)
    union all by name select distinct on (a) a, last_value(a ignore nulls),
    array_agg(a order by b), regexp_replace(s, 'a', 'b'),
    regexp_matches(s, 'a'), split(s, '/'), concat(a, b), array_position(a, b), datediff('day', a, b), 7 // 2,
    list_transform(a, lambda x: x), {'a': 1}, lower(a), trim(a), try_cast(a as int) with a as materialized (select 1)"""


@pytest.mark.parametrize("pattern", NOT_PORTABLE)
def test_the_portability_test_would_notice(pattern: str) -> None:
    assert re.search(pattern, BAD)
