"""Grain: one row per thread on a post, of somebody who had written before: how like the post is to what they had written."""

import pyarrow as pa

from simpact.prediction.likeness import LIKENESSES, likenesses

BATCH_ROWS = 8192  # of vectors in memory at a time


def model(dbt, session):
    dbt.config(materialized="table")
    moments = dbt.ref("int_prediction__likeness_asked").to_arrow_reader(BATCH_ROWS)
    return pa.RecordBatchReader.from_batches(LIKENESSES, likenesses(moments))
