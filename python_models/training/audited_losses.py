"""Grain: one row per trained adapter, epoch and example that is looked at: its loss. Epoch 0 is the base model."""

from simpact.home import home
from simpact.memorisation.attacked import with_folders
from simpact.training.records import audited_losses


def model(dbt, session):
    dbt.config(materialized="table")
    trained = dbt.ref("trained_adapters").filter("status = 'trained'").project("adapter, folder").to_arrow_table()
    return with_folders(audited_losses(home(), trained), trained)
