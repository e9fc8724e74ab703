"""Service, later loyalty and reasons for leaving: by hand and against plain Python."""

from collections import Counter, defaultdict
from statistics import mean, median

import pytest

from perennial.insight.reasons import reasons, reasons_summary, reasons_trend
from perennial.insight.rhythm import rhythm
from perennial.insight.service import BAD, experiences, service_levels, service_loyalty
from perennial.values.time import LocalDay
from tests.parity.shops import full_shop

from . import reference
from .shop import HOUR_US, START, Shop, at, end_of, rows_of
from .test_delivery import outcomes

SHOWN = (*BAD, "bad", "good", "none", "all")


def tickets(shop, as_of):
    """(row, person, hours to answer, hours to solution, score, left unanswered) as of a moment."""
    for k in shop.rows["tickets"]:
        if k["opened_at"] > as_of.at:
            continue
        responded, resolved = (
            k[name] if k[name] is not None and k[name] <= as_of.at else None for name in ("responded_at", "resolved_at")
        )
        first = resolved if responded is None else responded
        answer = None if first is None else (first - k["opened_at"]) / HOUR_US
        solution = None if resolved is None else (resolved - k["opened_at"]) / HOUR_US
        unanswered = ((as_of.at if first is None else first) - k["opened_at"]) > 72 * HOUR_US
        score = None if resolved is None else k["satisfaction"]
        yield k, reference.person_of(shop, k["customer_id"]), answer, solution, score, unanswered


def seen(shop, as_of):
    """(person, day, kind) of all experiences."""
    for o, _, promised, outcome, _, _ in outcomes(shop, as_of):
        if outcome in ("late", "late_now"):
            yield reference.person_of(shop, o["customer_id"]), promised + 1, "late_delivery"
    for r in shop.rows["refunds"]:
        if r["refunded_at"] <= as_of.at:
            yield reference.person_of(shop, r["customer_id"]), r["refunded_day"], "refund"
    for k, person, answer, _, score, unanswered in tickets(shop, as_of):
        if k["complaint"]:
            yield person, k["opened_day"], "complaint"
        if unanswered:
            yield person, k["opened_day"], "unanswered_ticket"
        elif not k["complaint"] and answer is not None and (score is None or score >= 60):
            yield person, k["opened_day"], "good"
    for s in shop.rows["ratings"]:
        if s["rated_at"] <= as_of.at and not 40 < s["score"] < 60:
            person = reference.person_of(shop, s["customer_id"])
            yield person, s["rated_day"], "low_rating" if s["score"] <= 40 else "good"


def known(shop, as_of):
    return [row for row in seen(shop, as_of) if row[0] is not None]


@pytest.mark.parametrize(("seed", "day"), [(1, 430), (2, 120)])
def test_levels_are_those_of_plain_python(seed, day):
    shop, as_of = full_shop(seed), end_of(START + day)
    by, orders = defaultdict(list), Counter()
    for row in tickets(shop, as_of):
        by[LocalDay(row[0]["opened_day"]).month].append(row)
    for o in reference.orders(shop, as_of):
        orders[LocalDay(o.day).month] += o.counts
    found = {r["month"]: r for r in rows_of(service_levels(shop.tables(), as_of))}
    assert found.keys() == by.keys()
    for month, mine in by.items():
        row = found[month]
        answers, solutions, scores = ([r[i] for r in mine if r[i] is not None] for i in (2, 3, 4))
        assert row["tickets"] == len(mine)
        assert row["complaints"] == sum(bool(r[0]["complaint"]) for r in mine)
        assert (row["answered"], row["resolved"], row["rated"]) == (len(answers), len(solutions), len(scores))
        assert row["unanswered"] == sum(r[5] for r in mine)
        for name, hours in (("response_hours", answers), ("resolution_hours", solutions)):
            assert row[name] == (pytest.approx(mean(hours)) if hours else None)
            assert row[f"{name}_median"] == (pytest.approx(median(hours)) if hours else None)
        assert row["satisfaction"] == (pytest.approx(mean(scores)) if scores else None)
        assert row["satisfied"] == sum(s >= 60 for s in scores)
        assert row["per_100_orders"] == pytest.approx(100 * len(mine) / orders[month])


@pytest.mark.parametrize(("seed", "day"), [(1, 430), (2, 200)])
def test_experiences_are_those_of_plain_python(seed, day):
    shop, as_of = full_shop(seed), end_of(START + day)
    found = Counter((r["person_id"], r["day"], r["kind"]) for r in rows_of(experiences(shop.tables(), as_of)))
    assert found == Counter(known(shop, as_of))
    assert {kind for _, _, kind in found} == {*BAD, "good"}


@pytest.mark.parametrize(("seed", "landmark", "within"), [(1, 30, 90), (2, 14, 30)])
def test_loyalty_is_that_of_plain_python(seed, landmark, within):
    shop, as_of = full_shop(seed), end_of(START + 430)
    orders = [o for o in reference.orders(shop, as_of) if o.person is not None]
    counting = reference.days_of(orders)
    happened = known(shop, as_of)
    groups = defaultdict(list)
    for person, day in {(o.person, o.day) for o in orders}:
        if day + landmark + within > as_of.day:
            continue
        kinds = {kind for p, d, kind in happened if p == person and day <= d <= day + landmark}
        had = kinds - {"good"}
        had |= {"all", "bad"} if had else {"all", "good"} if "good" in kinds else {"all", "none"}
        later = [o for o in orders if o.person == person and landmark < o.day - day <= landmark + within]
        days = counting.get(person, [])
        back = any(landmark < d - day <= landmark + within for d in days)
        silent = all(d <= day + landmark for d in days)
        for kind in had:
            groups[kind].append((person, back, silent, sum(o.revenue for o in later)))
    rows = rows_of(service_loyalty(shop.tables(), as_of, landmark=landmark, within=within))
    assert {r["experience"] for r in rows} == set(SHOWN)
    for row in rows:
        mine = groups[row["experience"]]
        assert (row["occasions"], row["customers"]) == (len(mine), len({r[0] for r in mine}))
        assert (row["came_back"], row["silent"]) == (sum(r[1] for r in mine), sum(r[2] for r in mine))
        assert row["repeat_rate"] == pytest.approx(row["came_back"] / len(mine))
        assert row["revenue_later"] == pytest.approx(sum(r[3] for r in mine) / len(mine))


def test_all_are_followed_from_the_same_day_on():
    """A return before the landmark is nobody's coming back: else those without trouble would look better."""
    shop = Shop()
    shop.order(1, START)
    shop.order(1, START + 10)
    shop.order(2, START)
    shop.order(2, START + 40)
    rows = {r["experience"]: r for r in rows_of(service_loyalty(shop.tables(), end_of(START + 130)))}
    assert (rows["none"]["occasions"], rows["none"]["came_back"], rows["none"]["silent"]) == (3, 1, 2)
    assert (rows["bad"]["occasions"], rows["bad"]["repeat_rate"]) == (0, None)


# --- reasons ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "day"), [(1, 430), (2, 300), (3, 499)])
def test_reasons_are_those_of_plain_python(seed, day):
    shop, as_of = full_shop(seed), end_of(START + day)
    happened = [row for row in known(shop, as_of) if row[2] != "good"]
    silent = [r for r in rows_of(rhythm(shop.tables(), as_of)) if r["state"] in ("drifting", "lost")]
    found = {r["person_id"]: r for r in rows_of(reasons(shop.tables(), as_of))}
    assert found.keys() == {r["person_id"] for r in silent}
    for r in silent:
        near = [(d, BAD.index(kind)) for p, d, kind in happened if p == r["person_id"] and 0 <= d - r["last_day"] <= 90]
        day_of, reason = min(near, default=(None, None))
        row = found[r["person_id"]]
        assert (row["reason"], row["reason_day"]) == ("unknown" if reason is None else BAD[reason], day_of)
        assert row["left_month"] == LocalDay(r["due_day"] + 1).month
        assert row["yearly_value"] == pytest.approx(r["yearly_value"])


def test_reasons_summed_and_by_month():
    shop, as_of = full_shop(3), end_of(START + 499)
    each = rows_of(reasons(shop.tables(), as_of))
    summary = {r["reason"]: r for r in rows_of(reasons_summary(shop.tables(), as_of))}
    counts = Counter(r["reason"] for r in each)
    assert {name: r["customers"] for name, r in summary.items()} == counts
    assert sum(r["share"] for r in summary.values()) == pytest.approx(1)
    value = sum(r["yearly_value"] for r in each)
    for name, row in summary.items():
        mine = [r for r in each if r["reason"] == name]
        assert row["early"] == sum(r["too_early"] for r in mine)
        assert row["value_share"] == pytest.approx(sum(r["yearly_value"] for r in mine) / value)
    trend = rows_of(reasons_trend(shop.tables(), as_of))
    months = Counter((r["left_month"], r["reason"]) for r in each)
    assert {(r["month"], r["reason"]): r["customers"] for r in trend} == months
    of_month = Counter(r["left_month"] for r in each)
    assert all(r["share"] == pytest.approx(r["customers"] / of_month[r["month"]]) for r in trend)


def steady(shop, person, last):
    for n in range(5):
        shop.order(person, last - 30 * n)


def test_the_experience_closest_after_the_last_order_is_the_reason():
    shop, last = Shop(), START + 200
    for person in range(1, 13):
        steady(shop, person, last)
    shop.add("tickets", ticket_id=1, customer_id=1, complaint=True, opened_at=at(last + 9), opened_day=last + 9)
    shop.add("ratings", rating_id=1, customer_id=1, score=20, rated_at=at(last + 4), rated_day=last + 4)
    shop.add("ratings", rating_id=2, customer_id=2, score=20, rated_at=at(last - 4), rated_day=last - 4)
    shop.add("ratings", rating_id=3, customer_id=3, score=90, rated_at=at(last + 4), rated_day=last + 4)
    found = {r["person_id"]: r["reason"] for r in rows_of(reasons(shop.tables(), end_of(last + 80)))}
    assert (found[1], found[2], found[3]) == ("low_rating", "unknown", "unknown")
