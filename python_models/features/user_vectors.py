"""Grain: one row per user in scope and part of what is known of them: the whole, or one of two halves.

A vector is the mean of the user's unit vectors, made a unit vector again.
"""

from simpact.vectors import mean_vectors, to_table


def model(dbt, session):
    dbt.config(materialized="table")
    n_users = dbt.ref("int_personas__users").count("*").fetchall()[0][0]
    signals = dbt.ref("int_personas__signals").project("user_number, half, weight, vector")
    return to_table(mean_vectors(signals.to_arrow_reader(), n_users))
