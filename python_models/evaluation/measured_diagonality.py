"""Grain: one row, where two personas or more have adapters: do these fit their own persona better than another one?"""

import numpy as np
import pyarrow as pa

from simpact.evaluation.cross_persona import Diagonality, diagonality_test

FIELDS = pa.schema([(name, pa.int64() if name == "n_people" else pa.float64()) for name in Diagonality._fields])


def model(dbt, session):
    dbt.config(materialized="table")
    wide = dbt.ref("int_experiment__wide_losses").to_arrow_table()
    if not len(wide) or len(wide["nats"][0]) < 2:
        return FIELDS.empty_table()
    columns = [np.stack(wide["nats"].to_numpy()), *(wide[name].to_numpy() for name in ("tokens", "place", "person"))]
    return pa.Table.from_pylist([diagonality_test(*columns, dbt.config.meta_get("seed"))._asdict()], schema=FIELDS)
