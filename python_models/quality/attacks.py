"""Grain: one row per attack on what is to leave: how often it succeeds, beside a guess that knows as much."""

from simpact.attacks.suite import run_attacks
from simpact.gates import judged


def model(dbt, session):
    dbt.config(materialized="table")
    # Named here for dbt's sake: the attacks find the views of the schema `attacks` by these names.
    dbt.ref("published_threads"), dbt.ref("published_messages")
    dbt.ref("public_actions"), dbt.ref("public_posts"), dbt.ref("known_names")
    dbt.ref("truth_threads"), dbt.ref("truth_speakers"), dbt.ref("truth_messages")
    dbt.ref("published_mixing"), dbt.ref("truth_pairs")
    connection = session.cursor()
    connection.execute("set search_path = 'attacks'")
    found = run_attacks(connection, seed=dbt.config.meta_get("seed"), k=dbt.config.meta_get("k"))
    return judged(found, dbt.ref("int_privacy__fingerprint"))
