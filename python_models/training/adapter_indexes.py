"""Grain: one row per trained adapter: how many people it learnt from. Their keyed names are kept beside the databases."""

from simpact.home import home
from simpact.keys import KEY_NAME
from simpact.training.seen import write_seen


def model(dbt, session):
    dbt.config(materialized="table")
    seen = dbt.ref("int_experiment__seen")
    ((key_name,),) = session.cursor().execute(f"select left(keyed('{KEY_NAME}'), 8)").fetchall()
    write_seen(seen.project("folder, person_key"), home(), key_name)
    return seen.aggregate("folder, count(*) as n_people", "folder")
