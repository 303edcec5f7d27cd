from dbt.adapters.spark.__version__ import version as version
