"""Grain: one row per model and held-out thread: what it would do, in which words, and how likely the given answer was to it."""

import json

from simpact.extras import needs_torch
from simpact.home import home

with needs_torch("build without it: dbt build --selector without_torch"):
    from simpact.generation.answers import GenerationSettings
    from simpact.generation.held_out import answers
    from simpact.training.base import load_base


def model(dbt, session):
    dbt.config(materialized="table")
    values = json.loads(dbt.config.meta_get("generation"))
    asked = dbt.ref("int_experiment__asked").to_arrow_table()
    base = load_base(values["base_model"], home(), values["seed"])
    settings = GenerationSettings(**values["generation"], batch_tokens=8192)
    return answers(base, home(), asked, settings, values["max_tokens"], values["seed"])
