"""Grain: one row per trained adapter, epoch and measure of what it remembers of the people that it learnt from."""

from simpact.memorisation.canaries import exposures
from simpact.memorisation.membership import membership
from simpact.memorisation.verdicts import verdicts


def model(dbt, session):
    dbt.config(materialized="table")
    members = membership(dbt.ref("int_experiment__audit").to_arrow_table(), dbt.config.meta_get("seed"))
    canaries = exposures(dbt.ref("int_experiment__canaries").to_arrow_table(), dbt.config.meta_get("seed"))
    regurgitations = dbt.ref("regurgitations").to_arrow_table()
    ceilings = dbt.config.meta_get("auc_ceiling"), dbt.config.meta_get("tpr_ceiling")
    return verdicts(members, canaries, regurgitations, *ceilings)
