"""Own rhythm: against plain Python, against gaps of known distribution, and against what CDNOW's buyers did."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import ibis
import numpy as np
import pyarrow as pa
import pytest

from perennial.insight.rhythm import rhythm, rhythm_states, rhythm_store
from perennial.insight.tables import SCHEMA, AsOf, Tables
from perennial.values.time import DAY_US, LocalDay
from tests.parity.shops import full_shop
from tests.real import shared_data

from . import reference
from .shop import START, Shop, arrow_table, end_of, rows_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ibis asks pandas 3 for an old option


def tables_of(buys: np.ndarray) -> Tables:
    """Orders of (customer, day, minor units)."""
    shown = {"order_id": np.arange(len(buys)), "customer_id": buys[:, 0], "net": buys[:, 2]}
    shown |= {"ordered_day": buys[:, 1], "ordered_at": buys[:, 1] * DAY_US}
    empty = {name: arrow_table(name, []) for name in SCHEMA}
    missing = {name: pa.nulls(len(buys), empty["orders"].schema.field(name).type) for name in SCHEMA["orders"]}
    empty["orders"] = pa.table({name: shown.get(name, nulls) for name, nulls in missing.items()})
    return Tables(**{name: ibis.memtable(table) for name, table in empty.items()})


# --- the reference -------------------------------------------------------------------------------------------


def first_gap_moments(people, today):
    """Mean and variance of log first gaps and the mean first gap, each weighted by 1 / P(followed so long)."""
    followed = [today - days[0] for days in people.values()]
    weighted = []
    for days in people.values():
        if len(days) > 1:
            gap = days[1] - days[0]
            seen = sum(f >= gap for f in followed) / len(followed)
            weighted.append((1 / max(seen, 0.05), gap))
    total = sum(w for w, _ in weighted)
    mean = sum(w * math.log(g) for w, g in weighted) / total
    variance = sum(w * (math.log(g) - mean) ** 2 for w, g in weighted) / total
    return mean, variance, sum(w * g for w, g in weighted) / total


def squares(logs):
    return sum((y - sum(logs) / len(logs)) ** 2 for y in logs)


def store_of(people, today):
    logs = {p: [math.log(b - a) for a, b in pairwise(days)] for p, days in people.items()}
    m0, total, mean_gap = first_gap_moments(people, today)
    several = [y for y in logs.values() if y]
    free = sum(len(y) - 1 for y in several)
    within = max(sum(map(squares, several)) / free if free else total, 0.1**2)
    between = max(total - within, 0)
    three = [y for y in several if len(y) >= 3]
    shape = 50.0
    if three:
        variance = sum(map(squares, three)) / sum(len(y) - 1 for y in three)
        n = [len(y) for y in three]
        fourth = sum(squares(y) ** 2 for y in three) / sum((k - 1) * (k + 1) + 1.2 * (k - 1) ** 2 / k for k in n)
        ratio = fourth / variance**2
        shape = min(max(2 + 1 / (ratio - 1), 2.5), 50.0) if ratio > 1 else 50.0
    return {
        "log_mean": m0,
        "within": within,
        "between": between,
        "prior_gaps": min(within / between, 100) if between else 100.0,
        "shape": shape,
        "mean_first_gap": mean_gap,
    }, logs


def expected_of(logs, days, s, today):
    n, k0, m0 = len(logs), s["prior_gaps"], s["log_mean"]
    mean = sum(logs) / n if n else 0
    k = k0 + n
    place = (k0 * m0 + sum(logs)) / k
    b = s["within"] * (s["shape"] - 1) + (squares(logs) if n else 0) / 2 + k0 * n * (mean - m0) ** 2 / (2 * k)
    variance = b / (s["shape"] + n / 2 - 1) * (1 + 1 / k)
    beta = math.pi / math.sqrt(3 * max(variance, 0.1**2))

    def last_day(q):
        return days[-1] + max(1, math.floor(math.exp(place) * (q / (1 - q)) ** (1 / beta) + 1e-6))

    ends = {"on_time": last_day(0.5), "due": last_day(0.8), "drifting": last_day(0.95)}
    return {
        "usual_gap": math.exp(place),
        "beta": beta,
        "probability": 1 / (1 + ((today - days[-1]) / math.exp(place)) ** beta) if today - days[-1] > 1 else 1.0,
        "state": next((state for state, end in ends.items() if today <= end), "lost"),
        "expected_day": ends["on_time"],
        "due_day": ends["due"],
        "lost_day": ends["drifting"],
        "mean_gap": (days[-1] - days[0] + k0 * s["mean_first_gap"]) / k,
        "too_early": n < 2,
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("day", [150, 430])
def test_rhythms_are_those_of_plain_python(seed, day):
    shop, as_of = full_shop(seed), end_of(START + day)
    orders = reference.orders(shop, as_of)
    people = reference.days_of(orders)
    store, logs = store_of(people, as_of.day)
    (found,) = rows_of(rhythm_store(shop.tables(), as_of))
    assert (found["people"], found["repeaters"]) == (len(people), sum(len(d) > 1 for d in people.values()))
    assert found["gaps"] == sum(map(len, logs.values()))
    assert {name: found[name] for name in store} == pytest.approx(store, rel=1e-9)
    rows = {r["person_id"]: r for r in rows_of(rhythm(shop.tables(), as_of))}
    assert rows.keys() == people.keys()
    revenue = {p: sum(o.revenue for o in mine) for p, mine in reference.by_person(orders).items()}
    for person, days in people.items():
        expected = expected_of(logs[person], days, store, as_of.day)
        row = rows[person]
        assert row["state"] == expected.pop("state")
        assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-9)
        assert (row["occasions"], row["first_day"], row["last_day"]) == (len(days), days[0], days[-1])
        assert row["days_since_last_order"] == as_of.day - days[-1]
        assert row["revenue"] == revenue[person]
        yearly = revenue[person] / len(days) * 365.25 / expected["mean_gap"]
        assert row["yearly_value"] == pytest.approx(yearly, rel=1e-9)


def test_states_add_up_to_all_people():
    shop, as_of = full_shop(4), end_of(START + 430)
    people = rows_of(rhythm(shop.tables(), as_of))
    states = rows_of(rhythm_states(shop.tables(), as_of))
    assert sum(r["customers"] for r in states) == len(people)
    assert sum(r["yearly_value"] for r in states) == pytest.approx(sum(r["yearly_value"] for r in people))
    assert {r["state"] for r in states} == {"on_time", "due", "drifting", "lost"}


# --- single people -------------------------------------------------------------------------------------------


def monthly_shop(people=12, times=9, gap=30):
    """Everyone buys every ``gap`` days; the last order falls on START + 240."""
    shop = Shop()
    for person in range(1, people + 1):
        for n in range(times):
            shop.order(person, START + gap * n)
    return shop


@pytest.mark.parametrize(
    ("silence", "state"), [(0, "on_time"), (30, "on_time"), (31, "due"), (32, "due"), (33, "drifting"), (36, "lost")]
)
def test_people_of_one_strict_rhythm_are_missed_at_once(silence, state):
    row = rows_of(rhythm(monthly_shop().tables(), end_of(START + 240 + silence)))[0]
    assert (row["usual_gap"], row["state"]) == (pytest.approx(30), state)
    assert row["probability"] == (1 if silence == 0 else pytest.approx(1 / (1 + (silence / 30) ** row["beta"])))


def test_whoever_bought_once_has_the_stores_rhythm_but_wider():
    shop = full_shop(5)
    shop.order(900, START + 400)
    as_of = end_of(START + 430)
    (store,) = rows_of(rhythm_store(shop.tables(), as_of))
    row = next(r for r in rows_of(rhythm(shop.tables(), as_of)) if r["person_id"] == 900)
    assert row["too_early"]
    assert row["usual_gap"] == pytest.approx(store["usual_gap"])
    assert math.pi / math.sqrt(3 * store["within"]) > row["beta"]
    assert row["due_day"] == START + 400 + math.floor(store["due_gap"])


def test_a_store_of_few_returns_has_no_rhythm_yet():
    shop = monthly_shop(people=9)
    row = rows_of(rhythm(shop.tables(), end_of(START + 300)))[0]
    assert (row["state"], row["usual_gap"], row["probability"], row["due_day"]) == ("unknown", None, None, None)
    assert row["yearly_value"] is None
    (store,) = rows_of(rhythm_store(shop.tables(), end_of(START + 300)))
    assert (store["repeaters"], store["usual_gap"], store["within"]) == (9, None, None)


def test_where_nobody_came_back_twice_people_are_alike():
    shop = Shop()
    for person, gap in enumerate((5, 9, 14, 20, 20, 33, 40, 61, 80, 90, 120), start=1):
        shop.order(person, START)
        shop.order(person, START + gap)
    (store,) = rows_of(rhythm_store(shop.tables(), end_of(START + 200)))
    assert (store["between"], store["prior_gaps"]) == (0, 100)
    assert store["within"] > 0.5


# --- gaps of known distribution --------------------------------------------------------------------------------

MEDIAN, BETWEEN, SPREAD, LEAVE, DAYS = 60.0, 0.5, 0.35, 0.15, 730


def simulated(seed, people=8000):
    """(customer, day, amount) of people who leave at random, and each one's true next gap if they did not."""
    r = np.random.default_rng(seed)
    places = math.log(MEDIAN) + BETWEEN * r.standard_normal(people)
    spreads = np.maximum(0.1, SPREAD * np.exp(0.25 * r.standard_normal(people)))
    buys, following = [], np.zeros(people)
    for i in range(people):
        day = r.uniform(0, DAYS)
        while day <= DAYS:
            buys.append((i, int(day), 1000))
            u = r.random()
            gap = max(1.0, math.exp(places[i] + spreads[i] * math.log(u / (1 - u))))
            if r.random() < LEAVE:
                break
            day += gap
        u = r.random()
        following[i] = math.exp(places[i] + spreads[i] * math.log(u / (1 - u)))
    return np.array(buys), following


@pytest.fixture(scope="module")
def known():
    buys, following = simulated(11)
    tables, as_of = tables_of(buys), AsOf((DAYS + 1) * DAY_US - 1, DAYS)
    (store,) = rows_of(rhythm_store(tables, as_of))
    return store, rhythm(tables, as_of).to_pandas(), following


def test_the_stores_rhythm_is_recovered(known):
    store, _, _ = known
    within = SPREAD**2 * math.pi**2 / 3 * math.exp(2 * 0.25**2)
    assert store["usual_gap"] == pytest.approx(MEDIAN, rel=0.06)
    assert store["within"] == pytest.approx(within, rel=0.2)
    assert store["between"] == pytest.approx(BETWEEN**2, rel=0.2)


def test_people_who_stay_are_called_due_drifting_and_lost_as_often_as_promised(known):
    """Just after an order, whoever they are: the next gap passes each limit with its nominal frequency."""
    _, people, following = known
    recent = people[people.days_since_last_order < MEDIAN / 3]
    gap = np.ceil(following[recent.person_id])
    for limit, nominal, slack in (("expected_day", 0.5, 0.04), ("due_day", 0.2, 0.035), ("lost_day", 0.05, 0.025)):
        passed = (gap > recent[limit] - recent.last_day).to_numpy()
        assert passed.mean() == pytest.approx(nominal, abs=slack), limit
        for few in (recent.occasions == 1, recent.occasions > 4):
            assert passed[few.to_numpy()].mean() == pytest.approx(nominal, abs=2 * slack), limit


def test_the_longer_the_history_the_more_it_is_the_persons_own():
    r, buys = np.random.default_rng(2), []
    for person in range(300):
        day = r.integers(0, 60)
        for gap in np.exp(math.log(20 if person % 2 else 60) + 0.3 * r.standard_normal(3 + person % 10)):
            buys.append((person, int(day), 1000))
            day += max(1, gap)
    as_of = AsOf(2000 * DAY_US, 2000)
    people = rhythm(tables_of(np.array(buys)), as_of).to_pandas()
    own = np.where(people.person_id % 2, 20, 60)
    error = np.abs(np.log(people.usual_gap / own))
    assert error[people.occasions >= 9].mean() < 0.7 * error[people.occasions <= 4].mean()
    assert error[people.occasions >= 9].mean() < 0.12


# --- real people -----------------------------------------------------------------------------------------------


def test_cdnows_drifting_buyers_come_back_less_than_those_on_time():
    lines = shared_data("cdnow/CDNOW_master.txt").read_text().split("\n")[1:]
    buys = []
    for line in filter(None, lines):
        person, day, _, amount = line.split()
        bought = LocalDay.on(date.fromisoformat(f"{day[:4]}-{day[4:6]}-{day[6:8]}"))
        buys.append((int(person), int(bought), round(float(amount) * 100)))
    data = np.array(buys)
    today = int(LocalDay.on(date(1997, 9, 30)))
    people = rhythm(tables_of(data), end_of(today)).to_pandas()
    assert len(people) == 23_570
    later = data[(data[:, 1] > today) & (data[:, 1] <= today + 120)]
    people["back"] = people.person_id.isin(set(later[:, 0]))
    assert people.groupby("state").back.mean()[["on_time", "due", "drifting"]].is_monotonic_decreasing
    sure = people[~people.too_early].groupby("state").back
    shares = sure.mean()[["on_time", "due", "drifting", "lost"]]
    assert shares.is_monotonic_decreasing
    assert shares["drifting"] < 0.75 * shares["on_time"]
    assert shares["lost"] < 0.45 * shares["on_time"]
    assert sure.size().min() > 300
