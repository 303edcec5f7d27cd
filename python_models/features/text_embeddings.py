"""Grain: one row per distinct text that users in scope wrote or answered and model that embeds it, once in its life."""

from functools import partial

from simpact.embedding import EMBEDDINGS, Embedder, EmbedderSettings
from simpact.frames import map_batches


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    settings = EmbedderSettings.of(dbt.config.meta_get("embedder"))
    return map_batches(dbt.ref("int_personas__texts"), EMBEDDINGS, partial(Embedder, settings))
