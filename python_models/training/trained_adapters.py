"""Grain: one row per planned adapter: how it was trained, or that it waits. What is trained already is not trained again."""

from simpact.extras import needs_torch
from simpact.home import home

with needs_torch("build without it: dbt build --selector without_torch"):
    from simpact.training.instructions import read_instructions, with_instructions
    from simpact.training.planted import with_canaries
    from simpact.training.settings import TrainingSettings
    from simpact.training.worker import train_adapters


def model(dbt, session):
    dbt.config(materialized="table")
    settings = TrainingSettings.of(dbt.config.meta_get("training"))
    jobs = with_canaries(dbt.ref("int_experiment__jobs").to_arrow_table(), settings.canaries, settings.seed)
    instructions = read_instructions(settings.instructions, dbt.ref("instructions").to_arrow_table())
    jobs = with_instructions(jobs, instructions, settings.instruction_share, settings.seed)
    return train_adapters(home(), settings, jobs)
