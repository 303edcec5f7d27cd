"""Grain: one row per source of truth and entity: what the recognisers find of the personal data that is known to be there."""

from simpact.gates import judged
from simpact.redaction.quality import measure_redaction


def model(dbt, session):
    dbt.config(materialized="table")
    found = measure_redaction(
        known=dbt.ref("int_privacy__known_data").to_arrow_table(),
        released=dbt.ref("candidate_messages").filter("message_text is not null").project("message_text").distinct(),
        ner=dbt.config.meta_get("ner"),
        seed=dbt.config.meta_get("seed"),
    )
    return judged(found, dbt.ref("int_privacy__fingerprint"))
