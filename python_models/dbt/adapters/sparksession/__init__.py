"""dbt-spark's session method, and beside it what stays on one machine: a DuckDB that reads and writes Spark's Parquet.

dbt finds an adapter by the name of its package, so this one has to lie in `dbt.adapters`. The target `spark` alone imports it.
"""

from pathlib import Path

from dbt.adapters.base import AdapterPlugin
from dbt_common.exceptions import DbtRuntimeError

try:
    from dbt.adapters.sparksession.adapter import SparkSessionAdapter, SparkSessionCredentials
except ModuleNotFoundError as error:
    raise DbtRuntimeError(
        f"The target spark needs what the extra of that name brings, and '{error.name}' is not installed: run "
        "pip install 'simpact[spark]'."
    ) from None

Plugin = AdapterPlugin(
    adapter=SparkSessionAdapter,
    credentials=SparkSessionCredentials,
    include_path=str(Path(__file__).parent),
    project_name="dbt_sparksession",
    dependencies=["spark"],
)
