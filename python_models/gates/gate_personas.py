"""Grain: one row per expectation of personas. It never raises; the data test on it is the lock."""

from simpact.gates import run_gate


def model(dbt, session):
    dbt.config(materialized="table")
    checked = {
        "int_personas__checked_personas": dbt.ref("int_personas__checked_personas").to_arrow_table(),
        "int_personas__checked_scales": dbt.ref("int_personas__checked_scales").to_arrow_table(),
    }
    return run_gate("gate_personas", checked, {"min_persona_size": dbt.config.meta_get("min_persona_size")})
