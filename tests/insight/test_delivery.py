"""Promises: by hand at each moment of a parcel's life, and against plain Python."""

from collections import Counter

import pytest

from perennial.insight.delivery import delivery, late_now
from perennial.values.time import LocalDay
from tests.parity.shops import full_shop

from . import reference
from .shop import START, Shop, end_of, rows_of


def outcomes(shop, as_of, patience=60):
    """(order row, carrier, promised day, outcome, days late, shipped) of each promise."""
    for o in shop.rows["orders"]:
        gone = o["cancelled_at"] is not None and o["cancelled_at"] <= as_of.at
        if o["ordered_at"] > as_of.at or gone:
            continue
        parcels = []
        for f in shop.rows["fulfilments"]:
            left = f["shipped_at"] if f["shipped_at"] is not None else f["delivered_at"]
            if f["order_id"] == o["order_id"] and left is not None and left <= as_of.at:
                parcels.append(f)
        for f in parcels or [None]:
            promised = f["promised_day"] if f and f["promised_day"] is not None else o["promised_day"]
            there = f["delivered_day"] if f and f["delivered_at"] and f["delivered_at"] <= as_of.at else None
            late = (as_of.day if there is None else there) - promised if promised is not None else 0
            if promised is None:
                outcome = "unpromised"
            elif there is not None:
                outcome = "late" if late > 0 else "kept"
            else:
                outcome = "open" if late <= 0 else "late_now" if late <= patience else "untold"
            days = late if outcome in ("late", "late_now") else 0
            yield o, (f and f["carrier"]) or "", promised, outcome, days, f is not None


@pytest.mark.parametrize("by", ["all", "carrier", "month"])
@pytest.mark.parametrize(("seed", "day", "patience"), [(1, 430, 60), (2, 200, 20)])
def test_promises_are_those_of_plain_python(by, seed, day, patience):
    shop, as_of = full_shop(seed), end_of(START + day)
    counts, late = Counter(), {}
    for _, carrier, promised, outcome, days, _ in outcomes(shop, as_of, patience):
        month = None if promised is None else LocalDay(promised).month
        key = {"all": None, "carrier": carrier, "month": month}[by]
        counts[key, outcome] += 1
        if days:
            late.setdefault(key, []).append(days)
    found = {r.get(by): r for r in rows_of(delivery(shop.tables(), as_of, by=by, patience=patience))}
    assert found.keys() == {key for key, _ in counts}
    for key, row in found.items():
        for outcome in ("kept", "late", "late_now", "open", "untold", "unpromised"):
            assert row[outcome] == counts[key, outcome], (key, outcome)
        promised = row["kept"] + row["late"] + row["late_now"]
        assert row["promised"] == promised
        assert row["kept_rate"] == (row["kept"] / promised if promised else None)
        mine = late.get(key, [])
        assert row["days_late"] == (pytest.approx(sum(mine) / len(mine)) if mine else None)
        assert row["most_days_late"] == max(mine, default=None)


@pytest.mark.parametrize(("seed", "day"), [(1, 430), (2, 200)])
def test_what_is_late_now_is_what_plain_python_finds(seed, day):
    shop, as_of = full_shop(seed), end_of(START + day)
    placed = [o for o in shop.rows["orders"] if o["ordered_at"] <= as_of.at]
    placed = [o for o in placed if o["cancelled_at"] is None or o["cancelled_at"] > as_of.at]
    began = {}
    for o in placed:
        person = reference.person_of(shop, o["customer_id"])
        began[person] = min(o["ordered_at"], began.get(person, o["ordered_at"]))
    expected = []
    for o, carrier, promised, outcome, days, shipped in outcomes(shop, as_of):
        if outcome == "late_now":
            person = reference.person_of(shop, o["customer_id"])
            first = None if person is None else o["ordered_at"] == began[person]
            expected.append((o["order_id"], o["customer_id"], person, carrier, promised, days, shipped, first))
    found = [tuple(r.values()) for r in rows_of(late_now(shop.tables(), as_of))]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    assert expected


@pytest.mark.parametrize("days", [1, 90])
def test_only_the_promises_of_some_days(days):
    shop, as_of = full_shop(1), end_of(START + 430)
    counts = Counter(
        outcome
        for _, _, promised, outcome, _, _ in outcomes(shop, as_of)
        if promised is not None and as_of.day - days < promised <= as_of.day
    )
    (row,) = rows_of(delivery(shop.tables(), as_of, days=days))
    told = ("kept", "late", "late_now", "open", "untold", "unpromised")
    assert {name: row[name] for name in told} == {name: counts[name] for name in told}
    assert days == 1 or row["promised"] > 0


def test_a_window_lasts_a_day_at_least():
    with pytest.raises(ValueError, match="at least one day"):
        delivery(Shop().tables(), end_of(START), days=0)


def judged(shop, day):
    (row,) = rows_of(delivery(shop.tables(), end_of(START + day)))
    return {name: row[name] for name in ("kept", "late", "late_now", "open", "untold") if row[name]}


def test_a_promise_through_its_life():
    shop = Shop()
    order = shop.order(1, START, promised_day=START + 3)
    shop.fulfilment(order, shipped=START + 6, delivered=START + 8, carrier="post")
    assert judged(shop, 3) == {"open": 1}
    assert judged(shop, 4) == {"late_now": 1}
    assert rows_of(late_now(shop.tables(), end_of(START + 4)))[0] == {
        "order_id": order, "customer_id": 1, "person_id": 1, "carrier": "", "promised_day": START + 3,
        "days_late": 1, "shipped": False, "first_order": True,
    }  # fmt: skip
    on_its_way = rows_of(late_now(shop.tables(), end_of(START + 7)))[0]
    assert (on_its_way["carrier"], on_its_way["shipped"], on_its_way["days_late"]) == ("post", True, 4)
    assert judged(shop, 8) == {"late": 1}
    assert rows_of(late_now(shop.tables(), end_of(START + 8))) == []


def test_delivered_on_the_promised_day_at_any_hour_is_kept():
    shop = Shop()
    order = shop.order(1, START, promised_day=START + 3)
    shop.fulfilment(order, shipped=START + 1, delivered=START + 3)
    assert judged(shop, 9) == {"kept": 1}


def test_a_parcels_own_promise_goes_before_its_orders():
    shop = Shop()
    order = shop.order(1, START, promised_day=START + 3)
    shop.fulfilment(order, promised=START + 9, shipped=START + 1, delivered=START + 8)
    assert judged(shop, 9) == {"kept": 1}


def test_a_delivery_that_nobody_ever_reports_is_not_called_late_for_ever():
    shop = Shop()
    order = shop.order(1, START, promised_day=START + 3)
    shop.fulfilment(order, shipped=START + 1)
    assert judged(shop, 63) == {"late_now": 1}
    assert judged(shop, 64) == {"untold": 1}


def test_a_cancelled_order_promises_nothing():
    shop = Shop()
    shop.order(1, START, promised_day=START + 3, cancelled_day=START + 5)
    assert judged(shop, 4) == {"late_now": 1}
    assert judged(shop, 5) == {}


def test_by_what_else_is_refused():
    with pytest.raises(ValueError, match="all, carrier or month"):
        delivery(Shop().tables(), end_of(START), by="weather")
