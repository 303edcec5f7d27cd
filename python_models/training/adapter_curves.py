"""Grain: one row per step of every trained adapter."""

from simpact.home import home
from simpact.training.records import loss_curves


def model(dbt, session):
    dbt.config(materialized="table")
    trained = dbt.ref("trained_adapters").filter("status = 'trained'").project("adapter, folder")
    return loss_curves(home(), trained.to_arrow_table())
