"""Grain: one row per scale: what its clustering is worth."""

from simpact.clustering.personas import ClusteringSettings, labels_by_scale
from simpact.clustering.scores import scores_table
from simpact.vectors import part_vectors


def model(dbt, session):
    dbt.config(materialized="table")
    settings = ClusteringSettings.of(dbt.config.meta_get("settings"))
    scales = labels_by_scale(dbt.ref("int_personas__clusters").to_arrow_table())
    vectors = dbt.ref("user_vectors").to_arrow_table()
    whole, first, second = (part_vectors(vectors, part) for part in ("whole", "first_half", "second_half"))
    return scores_table(whole, (first, second), scales, settings)
