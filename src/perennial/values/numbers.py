"""Numbers read from text that anybody may have written."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation


class NoNumber(ValueError):
    """The text is no finite number."""


class TooLarge(NoNumber):
    """The number has more digits before the point than anything here can mean."""


def decimal(text: str | int | Decimal, *, digits: int) -> Decimal:
    """The number that ``text`` writes with a point ("1234.50"), of at most ``digits`` digits before the point.

    Looked at before any arithmetic: "1e999999" overflows in a product, and a million zeros written out fill the
    memory. Raises NoNumber, TooLarge.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise NoNumber(f"{text!r} is no number: write it as 12.50")
    if number and number.adjusted() >= digits:
        raise TooLarge(f"{text} is too large: at most {digits} digits before the point")
    return number
