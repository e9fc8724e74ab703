"""Months from day numbers by whole-number arithmetic, equal on every engine and in Python.

A *month* is the number of months since January 1970 (as `LocalDay.month`), a *day* the number of days since
1970-01-01. The functions take a Python int or an Ibis integer column and give the same kind back. They hold
from year 1 to 9999. All quotients are of numbers >= 0, so it does not matter whether an engine's division
rounds down or towards zero.

Source: years counted from 1 March, so that the leap day comes last (E. G. Richards, "Mapping Time", 1998).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MARCH_0000 = 719_468  # days from 0000-03-01 to 1970-01-01
_CENTURIES_4, _YEARS_4 = 146_097, 1_461  # days in 400 years and in 4
_EPOCH_MONTHS = 1970 * 12 - 2  # months from March 0000 to January 1970
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


@overload
def month_of(day: int) -> int: ...
@overload
def month_of(day: ir.IntegerValue) -> ir.IntegerValue: ...
def month_of(day: int | ir.IntegerValue) -> int | ir.IntegerValue:
    """The month in which ``day`` lies."""
    z = day + _MARCH_0000
    century = (z * 4 + 3) // _CENTURIES_4
    of_century = z - century * _CENTURIES_4 // 4
    year = (of_century * 4 + 3) // _YEARS_4
    of_year = of_century - year * _YEARS_4 // 4
    return (century * 100 + year) * 12 + (of_year * 5 + 2) // 153 - _EPOCH_MONTHS


@overload
def first_day(month: int) -> int: ...
@overload
def first_day(month: ir.IntegerValue) -> ir.IntegerValue: ...
def first_day(month: int | ir.IntegerValue) -> int | ir.IntegerValue:
    """The first day of ``month``."""
    n = month + _EPOCH_MONTHS
    year, of_year = n // 12, n % 12
    return year * 365 + year // 4 - year // 100 + year // 400 + (of_year * 153 + 2) // 5 - _MARCH_0000


def label(month: int) -> str:
    """``2011-03`` for people."""
    return f"{1970 + month // 12:04d}-{month % 12 + 1:02d}"
