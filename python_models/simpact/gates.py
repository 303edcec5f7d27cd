"""Run suites of Great Expectations on small tables, and give the results as rows."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

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


def run_gate(checked: Mapping[str, pa.Table], parameters: Mapping[str, Any], suites: Path = SUITES) -> pa.Table:
    """Rows of RESULTS: what the suite of the same name says of each table. `parameters` fill the suites' `$PARAMETER`s.

    An expectation that cannot be evaluated has failed. Results carry counts and reasons, never values.
    """
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # tells of a folder it made
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("checked")
    rows = []
    for name, table in checked.items():
        suite = context.suites.add(gx.ExpectationSuite(**json.loads((suites / f"{name}.json").read_text())))
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        validation = gx.ValidationDefinition(name=name, data=batch, suite=suite)
        results = validation.run(
            batch_parameters={"dataframe": table.to_pandas()}, expectation_parameters=dict(parameters), result_format="BASIC"
        )
        rows += [_row(name, result.to_json_dict()) for result in results.results]
    return pa.Table.from_pylist(rows, schema=RESULTS)


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
