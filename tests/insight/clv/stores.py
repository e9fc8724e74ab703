"""Histories of real stores for the purchase models, as arrays: a customer a row, times in weeks.

Same-day records are one occasion; T runs from the first day to the end of the window.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from perennial.insight.clv.grouped import Grouped, group
from perennial.insight.clv.numerics import Floats
from tests.real import shared_data

WEEK = 7.0
# Money by day, by customer.
Days = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Store:
    """Money in cents; ``spent`` is the mean of the repeat days (0 without), ``later`` what came after the cut."""

    x: Floats
    t_x: Floats
    age: Floats
    spent: Floats
    later: Floats
    later_spent: Floats

    @property
    def history(self) -> tuple[Floats, Floats, Floats]:
        return self.x, self.t_x, self.age

    @property
    def rows(self) -> Grouped:
        return group(*self.history)[0]


def on(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def cut(days: Days, end: int) -> Store:
    rows = []
    for spent in days.values():
        seen = sorted(day for day in spent if day <= end)
        if not seen:
            continue
        back, later = seen[1:], [day for day in spent if day > end]
        mean = sum(spent[d] for d in back) / len(back) if back else 0.0
        ages = ((seen[-1] - seen[0]) / WEEK, (end - seen[0]) / WEEK)
        rows.append((len(back), *ages, mean, len(later), sum(spent[d] for d in later)))
    return Store(*np.array(rows, dtype=float).T)


@cache
def cdnow_days(*, sample: bool) -> Days:
    lines = shared_data(f"cdnow/CDNOW_{'sample' if sample else 'master'}.txt").read_text().splitlines()
    days: Days = defaultdict(lambda: defaultdict(int))
    for line in lines[0 if sample else 1 :]:
        words = line.split()
        days[words[0]][on(words[-3])] += round(float(words[-1]) * 100)
    return days


@cache
def cdnow(*, sample: bool = True, end: str = "1997-09-30") -> Store:
    return cut(cdnow_days(sample=sample), on(end))


@cache
def online_retail(end: str = "2011-08-31") -> Store:
    """Lines with a customer and a positive quantity; days of positive value are occasions."""
    days: Days = defaultdict(lambda: defaultdict(int))
    with gzip.open(shared_data("online_retail/online_retail.csv.gz"), "rt", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["CustomerID"] and int(line["Quantity"]) > 0:
                cents = round(int(line["Quantity"]) * float(line["UnitPrice"]) * 100)
                days[line["CustomerID"]][on(line["InvoiceDate"][:10])] += cents
    return cut({who: {d: v for d, v in spent.items() if v > 0} for who, spent in days.items()}, on(end))
