"""Grain: one row per trained adapter, epoch and measure of what it remembers of the people that it learnt from."""

import pyarrow.compute as pc

from simpact.memorisation.attacked import attacked, with_folders
from simpact.memorisation.canaries import exposures
from simpact.memorisation.membership import membership
from simpact.memorisation.verdicts import verdicts


def model(dbt, session):
    dbt.config(materialized="table")
    trained = dbt.ref("trained_adapters").filter("status = 'trained'").project("adapter, folder").to_arrow_table()
    losses = dbt.ref("audited_losses").project("adapter, folder").distinct().to_arrow_table()
    regurgitations = dbt.ref("regurgitations").order("adapter").to_arrow_table()
    trained = attacked(trained, losses, regurgitations)
    audit, canaries, regurgitations = (
        table.filter(pc.is_in(table["adapter"], trained["adapter"]))
        for table in (
            dbt.ref("int_experiment__audit").to_arrow_table(),
            dbt.ref("int_experiment__canaries").to_arrow_table(),
            regurgitations,
        )
    )
    members = membership(audit, dbt.config.meta_get("seed"))
    ceilings = dbt.config.meta_get("auc_ceiling"), dbt.config.meta_get("tpr_ceiling")
    found = verdicts(members, exposures(canaries, dbt.config.meta_get("seed")), regurgitations, *ceilings)
    return with_folders(found, trained)
