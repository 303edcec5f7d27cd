"""One archive on two engines: the same tables."""

from __future__ import annotations

from both import Homes, differences, kind, spark_tables


def test_every_table_of_the_sample_is_the_same_on_both_engines(sample_homes: Homes) -> None:
    assert len(spark_tables(sample_homes.spark)) > 100
    assert differences(*sample_homes) == {}


def test_the_comparison_would_notice() -> None:
    assert kind("STRUCT(a INTEGER, b DOUBLE[])[]") == kind("STRUCT(a BIGINT, b FLOAT[384])[]")
    assert kind("VARCHAR") != kind("INTEGER")
