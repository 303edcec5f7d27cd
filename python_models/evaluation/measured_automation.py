"""Grain: one row per metric and scale: what changes when automated accounts are left out."""

from simpact.clustering.personas import ClusteringSettings
from simpact.evaluation.automation import measured_automation
from simpact.vectors import part_vectors


def model(dbt, session):
    dbt.config(materialized="table")
    return measured_automation(
        part_vectors(dbt.ref("user_vectors").to_arrow_table(), "whole"),
        dbt.ref("int_personas__clusters").to_arrow_table(),
        dbt.ref("int_experiment__automation").order("person").to_arrow_table(),
        dbt.ref("int_experiment__action_counts").to_arrow_table(),
        ClusteringSettings.of(dbt.config.meta_get("settings")),
        dbt.config.meta_get("k"),
    )
