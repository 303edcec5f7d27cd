"""Grain: one row per trained adapter: does it go on with answers that it learnt, word for word?"""

import json

from simpact.extras import needs_torch
from simpact.home import home
from simpact.memorisation.attacked import with_folders

with needs_torch("build without it: dbt build --selector without_torch"):
    from simpact.generation.regurgitated import regurgitations
    from simpact.training.base import load_base
    from simpact.training.planted import with_canaries


def model(dbt, session):
    dbt.config(materialized="table")
    values = json.loads(dbt.config.meta_get("continuation"))
    jobs = with_canaries(dbt.ref("int_experiment__jobs").to_arrow_table(), values["canaries"], values["seed"])
    trained = dbt.ref("trained_adapters").filter("status = 'trained'").order("adapter")
    trained = trained.project("adapter, folder, (recipe ->> 'epochs')::integer as epoch").to_arrow_table()
    base = load_base(values["base_model"], home(), values["seed"])
    return with_folders(regurgitations(base, home(), jobs, trained, values["max_tokens"]), trained)
