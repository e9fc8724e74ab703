"""Numbers that others published, on their data."""

import pytest

from perennial.insight.cohorts import cohorts
from perennial.insight.gaps import gap_quantiles
from perennial.insight.summary import summary
from perennial.insight.value import pareto

from .shop import cdnow, end_of, on, rows_of

END_OF_CALIBRATION = end_of(on("1997-09-30"))


def test_cdnow_sample_in_39_weeks():
    """2,357 customers, 946 of whom came back, 2,457 times; Fader and Hardie."""
    t = cdnow()
    row = rows_of(summary(t, END_OF_CALIBRATION))[0]
    assert (row["customers"], row["repeat_customers"]) == (2357, 946)
    gaps = rows_of(gap_quantiles(t, END_OF_CALIBRATION))[0]
    assert (gaps["gaps"], gaps["people"]) == (2457, 946)
    later = rows_of(gap_quantiles(t, end_of(on("1998-06-30"))))[0]
    assert later["gaps"] - gaps["gaps"] == 1882


def test_cdnow_master():
    """23,570 customers with 69,659 purchases over $2,500,315.63 in 18 months; everyone began in 1997-01 to 03."""
    t, as_of = cdnow(sample=False), end_of(on("1998-06-30"))
    row = rows_of(summary(t, as_of))[0]
    assert (row["orders"], row["customers"]) == (69_659, 23_570)
    assert row["revenue"] == 250_031_563
    cells = rows_of(cohorts(t, as_of))
    starts = [c for c in cells if c["age"] == 0]
    assert len(starts) == 3
    assert sum(c["customers"] for c in starts) == 23_570
    assert sum(c["revenue"] for c in cells) == 250_031_563
    half = next(r for r in rows_of(pareto(t, as_of)) if r["percent"] == 20)
    assert half["revenue_share"] == pytest.approx(0.6, abs=0.1)
