"""Grain: one row per expectation of what came in. It never raises; the data test on it is the lock."""

from simpact.gates import run_gate


def model(dbt, session):
    dbt.config(materialized="table")
    checked = {"int_intake__checked_archive": dbt.ref("int_intake__checked_archive").to_arrow_table()}
    return run_gate("gate_intake", checked, {})
