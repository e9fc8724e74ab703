"""How far a number is from where it is wanted."""

from __future__ import annotations

from perennial.segments.rules.explaining.verdict import Held, How, Missing

_STEP = {"money": 1, "count": 1, "steps": 1, "days": 1, "day": 1, "pieces": 1000}
_DENIED = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "=": "!=", "!=": "=", "between": "outside"}


def apart(held: Held, *, wanted: bool) -> Missing | None:
    """What is missing for ``held`` to be as its operator says, or (not ``wanted``) as it does not say.

    None where it is so already. What is not known holds against nothing.
    """
    op = held.op if wanted else _DENIED[held.op]
    if held.value is None:
        return Missing("unknown", unit=held.unit) if wanted else None
    assert isinstance(held.value, int | float) and held.low is not None  # noqa: S101, PT018  # a number's operator
    low, high = held.low, held.low if held.high is None else held.high
    found = _apart(op, low, high, held.value)
    if found is None:
        return None
    how, amount, beyond = found
    step = _STEP.get(held.unit)
    amount = amount + step if beyond and step is not None else amount
    return Missing(how, _whole(amount) if step is not None else amount, held.unit, over=beyond and step is None)


def _whole(amount: float) -> int:
    """No less than ``amount``: what is counted in whole units has no halves."""
    return -int(-amount // 1)


def _apart(op: str, low: float, high: float, value: float) -> tuple[How, float, bool] | None:
    """More or less, by how much, and whether that much is not yet enough."""
    if op in (">=", ">"):
        short = value < low or (op == ">" and value == low)
        return ("more", low - value, op == ">") if short else None
    if op in ("<=", "<"):
        over = value > low or (op == "<" and value == low)
        return ("less", value - low, op == "<") if over else None
    if op == "!=":
        return ("more", 0, True) if value == low else None
    if op == "outside":
        return ("more", high - value, True) if low <= value <= high else None
    if value < low:
        return "more", low - value, False
    return ("less", value - high, False) if value > high else None


def one_order(held: Held, missing: Missing, revenue: int, orders: int, *, wanted: bool) -> Missing:
    """An average that is too small, or of no orders: the one order that would bring it to where it is wanted."""
    if missing.how == "less" or held.low is None:
        return missing
    op = held.op if wanted else _DENIED[held.op]
    low = held.high if op == "outside" and held.high is not None else held.low
    bound = low * (orders + 1) - revenue
    if op in ("<=", "<"):  # of no orders yet: one that is not too large
        amount = int(bound // 1) - (1 if op == "<" and bound == bound // 1 else 0)
    else:
        amount = _whole(bound) + (1 if op in (">", "!=", "outside") and bound == bound // 1 else 0)
    if amount < 0 and op == "=":
        return Missing("unknown", unit="money")
    return Missing("order", max(amount, 0), "money") if amount >= 0 or op not in ("<=", "<") else missing
