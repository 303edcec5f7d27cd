"""Grain: one row per distinct text that a message shows and what is known of it. A text is redacted once in its life."""

from functools import partial

from simpact.frames import map_batches
from simpact.redaction.redactor import REDACTIONS, Redactor


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    return map_batches(dbt.ref("int_privacy__unredacted"), REDACTIONS, partial(Redactor, dbt.config.meta_get("ner")))
