"""Grain: one row per distinct text that a message shows and what is known of it. A text is redacted once in its life."""

from simpact.redaction.redactor import REDACTIONS, Redactor

BATCH_ROWS = 10_000


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    texts = dbt.ref("int_privacy__unredacted")
    total = texts.count("*").fetchall()[0][0]
    if not total:
        return REDACTIONS.empty_table()
    return Redactor(dbt.config.meta_get("ner")).reader(texts.to_arrow_reader(BATCH_ROWS), total)
