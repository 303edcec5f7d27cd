"""Grain: one row per figure about a model: a score, a comparison with another model, or a word that gives it away."""

from simpact.embedding import Embedder, EmbedderSettings
from simpact.evaluation.measured import measured


def model(dbt, session):
    dbt.config(materialized="table")
    return measured(
        dbt.ref("int_experiment__truths").to_arrow_table(),
        dbt.ref("int_experiment__generations").order("model, thread_id").to_arrow_table(),
        dbt.ref("int_experiment__training_texts").to_arrow_table(),
        Embedder(EmbedderSettings.of(dbt.config.meta_get("embedder"))),
        dbt.config.meta_get("seed"),
        dbt.config.meta_get("k"),
    )
