"""Grain: one row per release that was written."""

from simpact.home import home
from simpact.keys import KEY_NAME
from simpact.release import RELEASE_FILE
from simpact.release.file import write_release
from simpact.release.index import write_index


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    released = {
        "threads": dbt.ref("release_threads"),
        "messages": dbt.ref("release_messages"),
        "personas": dbt.ref("release_personas"),
        "mixing": dbt.ref("release_mixing"),
        "data_card": dbt.ref("release_data_card"),
    }
    card = (
        released["data_card"]
        .filter("section = 'release'")
        .aggregate("max(value) filter (item = 'release_id') as release_id, max(value) filter (item = 'built_on') as built_on")
    )
    ((release_id, key_name),) = card.project(f"release_id, left(keyed('{KEY_NAME}'), 8)").fetchall()
    write_index(dbt.ref("keyed_index"), home(), release_id, key_name)
    write_release(home() / RELEASE_FILE, released)
    # The same release may be written again, where a seed is set.
    return card.filter(f"release_id not in (select release_id from {dbt.this})") if dbt.is_incremental else card
