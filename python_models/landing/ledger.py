"""Grain: one row per line of the ledgers that `simpact collect` keeps beside the files of an archive."""

from simpact.ledgers import read_ledgers


def model(dbt, session):
    dbt.config(materialized="table")
    files = dbt.ref("files")
    return read_ledgers(path for (path,) in files.filter("is_selected").select("path").fetchall())
