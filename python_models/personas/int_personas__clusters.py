"""Grain: one row per user in scope and scale: the cluster of the user."""

from simpact.clustering.personas import ClusteringSettings, clusters_table
from simpact.vectors import part_vectors


def model(dbt, session):
    dbt.config(materialized="table")
    settings = ClusteringSettings.of(dbt.config.meta_get("settings"))
    return clusters_table(part_vectors(dbt.ref("user_vectors").to_arrow_table(), "whole"), settings)
