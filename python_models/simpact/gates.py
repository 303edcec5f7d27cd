"""Run suites of Great Expectations on small tables; give the results as rows, and as pages to read."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from simpact.home import home

SUITES = Path("expectations")  # dbt runs in the folder of the project

RESULTS = pa.schema(
    [
        ("suite", pa.string()),
        ("expectation", pa.string()),
        ("column_name", pa.string()),
        ("why", pa.string()),
        ("success", pa.bool_()),
        ("n_unexpected", pa.int64()),
        ("n_rows", pa.int64()),
    ]
)

# Great Expectations keeps examples of what broke an expectation unless told not to, in its results and in its pages.
NO_VALUES = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}


def docs_folder(gate: str) -> Path:
    """Where the pages of a gate lie: Data Docs as static HTML, in the folder of the warehouse."""
    return home() / "data_docs" / gate


def run_gate(
    gate: str, checked: Mapping[str, pa.Table], parameters: Mapping[str, Any], suites: Path = SUITES, docs: Path | None = None
) -> pa.Table:
    """Rows of RESULTS: what the suite of the same name says of each table. `parameters` fill the suites' `$PARAMETER`s.

    An expectation that cannot be evaluated has failed. Results and pages carry counts and reasons, never values. Pages go to
    `docs`, or where `docs_folder` says, in the place of older ones.
    """
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # tells of a folder it made
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for site in list(context.get_site_names()):
        context.delete_data_docs_site(site)
    folder = (docs or docs_folder(gate)).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
    context.add_data_docs_site(
        gate,
        {
            "class_name": "SiteBuilder",
            "store_backend": store,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    source = context.data_sources.add_pandas("checked")
    rows = []
    for name, table in checked.items():
        suite = context.suites.add(gx.ExpectationSuite(**json.loads((suites / f"{name}.json").read_text())))
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        validation = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(name=name, validation_definitions=[validation], result_format=NO_VALUES)
        )
        results = checkpoint.run(
            batch_parameters={"dataframe": table.to_pandas()}, expectation_parameters=dict(parameters)
        ).run_results.values()
        rows += [_row(name, result.to_json_dict()) for result in next(iter(results)).results]
    context.build_data_docs()
    return pa.Table.from_pylist(rows, schema=RESULTS)


def judged(results: pa.Table, fingerprint: duckdb.DuckDBPyRelation) -> pa.Table:
    """Results with one column more, `judged`: the fingerprint (one row, one column) of what they are about."""
    value = fingerprint.fetchall()[0][0]
    return results.append_column("judged", pa.array([value] * len(results), pa.string()))


def _row(suite: str, result: Mapping[str, Any]) -> dict[str, Any]:
    expectation, found = result["expectation_config"], result["result"]
    return {
        "suite": suite,
        "expectation": expectation["type"],
        "column_name": expectation["kwargs"].get("column"),
        "why": expectation["meta"]["why"],
        "success": bool(result["success"]),
        "n_unexpected": found.get("unexpected_count"),
        "n_rows": found.get("element_count"),
    }
