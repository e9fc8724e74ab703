"""Dates read a block at a time mean what they mean one by one."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stores.csv.mapping.amounts import Wrong
from perennial.stores.csv.mapping.columns import Column
from perennial.stores.csv.mapping.dates import instant
from perennial.stores.csv.mapping.quick_dates import quick_instants

ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
DATES = st.datetimes().map(lambda at: at.isoformat(sep=" ", timespec="seconds"))
NEAR = st.builds(
    "{:04d}-{:02d}-{:02d}{}{:02d}:{:02d}{}".format,
    st.integers(1890, 2210), st.integers(0, 13), st.integers(0, 32), st.sampled_from(" T_"), st.integers(0, 25),
    st.integers(0, 61), st.sampled_from(["", ":00", ":59", ":61", ".5", "Z", ":00+02:00"]),
)  # fmt: skip
DAYS = st.builds("{:04d}-{:02d}-{:02d}".format, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
TEXTS = st.lists(st.one_of(DATES, NEAR, DAYS, st.text(max_size=20), st.just("٢٠٢٤-01-01")), min_size=1, max_size=40)


def one(text: str, zone: str) -> tuple[int, int] | str | None:
    try:
        return instant(text, "day_first", zone)
    except Wrong as wrong:
        return wrong.code


@given(TEXTS, st.sampled_from(ZONES))
@settings(max_examples=300)
def test_what_is_read_quickly_is_read_right(texts: list[str], zone: str):
    first, second, known = quick_instants(pa.array(texts), zone)
    for place, text in enumerate(texts):
        if known[place]:
            assert (first[place], second[place]) == one(text, zone), text


@pytest.mark.parametrize("zone", ZONES)
def test_the_usual_shapes_are_read_quickly(zone: str):
    texts = ["2024-02-29", "2024-07-15 23:59", "2024-07-15T00:00:00", "2023-02-29", "2024-13-01", "2024-01-01 24:00"]
    assert quick_instants(pa.array(texts), zone)[2].tolist() == [True, True, True, False, False, False]


def test_a_column_reads_both_ways_and_says_what_is_wrong():
    quick = Column(lambda text: instant(text, "iso", "UTC"), lambda texts: quick_instants(texts, "UTC"))
    plain = Column(lambda text: instant(text, "iso", "UTC"))
    texts = pa.array(["2024-01-02", "", "2 Jan 2024", "nonsense", "2024-01-02", "2024-02-30", "2024-01-02 10:00:00Z"])
    assert quick.read(texts).array().equals(plain.read(texts).array())
    assert quick.read(texts).wrong.tolist() == plain.read(texts).wrong.tolist()
    assert quick.codes == plain.codes
