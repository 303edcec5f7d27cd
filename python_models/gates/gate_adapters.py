"""Grain: one row per expectation of what adapters remember. It never raises; the data test on it is the lock."""

from simpact.gates import run_gate


def model(dbt, session):
    dbt.config(materialized="table")
    attacks = dbt.ref("adapter_attacks").filter("is_gated").order("adapter, measure")
    trained = dbt.ref("trained_adapters").filter("status = 'trained'")
    accepted = ["withstood"] + (["too few targets"] if dbt.config.meta_get("untested_adapters") == "allow" else [])
    parameters = {"accepted": accepted, "n_measures": 6 * trained.count("*").fetchall()[0][0]}
    return run_gate("gate_adapters", {"adapter_attacks": attacks.to_arrow_table()}, parameters)
