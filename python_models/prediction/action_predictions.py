"""Grain: one row per model, split and held-out thread with a context: the action to bet on, and how probable each is."""

import json

from simpact.prediction.boosting import BoostingSettings
from simpact.prediction.predictions import predictions


def model(dbt, session):
    dbt.config(materialized="table")
    return predictions(
        dbt.ref("int_prediction__cases").order("thread_id").to_arrow_table(),
        dbt.ref("int_prediction__released_cases").order("thread_id").to_arrow_table(),
        BoostingSettings(dbt.config.meta_get("seed"), **json.loads(dbt.config.meta_get("boosting"))),
    )
