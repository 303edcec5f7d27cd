"""Grain: one row per expectation of what is to leave. It never raises; the data test on it is the lock."""

from simpact.gates import judged, run_gate


def model(dbt, session):
    dbt.config(materialized="table")
    checked = {
        "int_privacy__checked_release": dbt.ref("int_privacy__checked_release").to_arrow_table(),
        "int_privacy__checked_cells": dbt.ref("int_privacy__checked_cells").to_arrow_table(),
        "int_privacy__checked_mixing": dbt.ref("int_privacy__checked_mixing").to_arrow_table(),
        "int_privacy__checked_personas": dbt.ref("int_privacy__checked_personas").to_arrow_table(),
        "redaction": dbt.ref("redaction").to_arrow_table(),
        "attacks": dbt.ref("attacks").to_arrow_table(),
    }
    k, fingerprint = dbt.config.meta_get("k"), dbt.ref("int_privacy__fingerprint")
    parameters = {"k": k, "half_k": k / 2, "judged": [fingerprint.fetchall()[0][0]]}
    return judged(run_gate("gate_release", checked, parameters), fingerprint)
