"""Grain: one row per distinct text that users in scope wrote or answered and model that embeds it, once in its life."""

from simpact.embedding import Embedder, EmbedderSettings


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    texts = dbt.ref("int_personas__texts")
    total = texts.count("*").fetchall()[0][0]
    if not total:
        return texts.project("text_hash, model, null::float[] as embedding")
    embedder = Embedder(EmbedderSettings.of(dbt.config.meta_get("embedder")))
    return embedder.reader(texts.to_arrow_reader(embedder.batch_rows), total)
