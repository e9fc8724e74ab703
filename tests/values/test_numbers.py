from __future__ import annotations

from decimal import Decimal

import pytest

from perennial.values.numbers import NoNumber, TooLarge, decimal


@pytest.mark.parametrize(
    ("text", "number"), [("12.50", "12.5"), (" -3 ", "-3"), ("999", "999"), ("1e-999990", "1e-999990")]
)
def test_a_number_is_read(text: str, number: str):
    assert decimal(text, digits=3) == Decimal(number)


@pytest.mark.parametrize("text", ["", "one", "1,5", "NaN", "sNaN", "Infinity", "1.2.3", "1e99999999999999999999"])
def test_what_is_no_finite_number_is_refused(text: str):
    with pytest.raises(NoNumber):
        decimal(text, digits=18)


@pytest.mark.parametrize("text", ["1000", "1e3", "-1e999990", "9e999999"])
def test_a_number_with_too_many_digits_is_refused_unexpanded(text: str):
    with pytest.raises(TooLarge):
        decimal(text, digits=3)
