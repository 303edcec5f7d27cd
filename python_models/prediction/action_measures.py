"""Grain: one row per split, part, model, figure and, where two are compared, other model."""

from simpact.prediction.scores import action_measures


def model(dbt, session):
    dbt.config(materialized="table")
    return action_measures(
        dbt.ref("int_prediction__truths").to_arrow_table(),
        dbt.ref("int_prediction__predictions").to_arrow_table(),
        dbt.config.meta_get("seed"),
        dbt.config.meta_get("k"),
    )
