"""Two hundred rules as shops have them: the ready-made ones with other amounts, and what people add to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perennial.insight.tables import AsOf, Tables
    from perennial.segments.rules.known import Known
    from perennial.segments.rules.rule import Rule
    from perennial.segments.rules.tables import Beside

# What the made-up shops call things; the fourth part of the rules is made of these.
_MADE = (
    "spent({months} months) >= {sum} and orders({weeks} weeks) >= {few}",
    "orders({months} months) between {few} and {more} and not refunds({months} months) >= 1",
    "aov >= {sum} or items({months} months) >= {more}",
    "bought(category \"Coffee\", {months} months) and not bought(category \"Gifts\", {weeks} weeks)",
    "viewed({weeks} weeks) >= {few} and not carted({weeks} weeks)",
    "days_since(last_order) between {few} and {days} and country in (ES, IT)",
    "sequence(viewed, carted within {few} days, not orders within {few} days, {days} days)",
    "profit({months} months) >= {sum} and lifecycle in (new, active, loyal)",
    "refunded({months} months) >= {sum} or complained({months} months)",
    "visited({days} days) >= {few} and orders({days} days) = 0",
)  # fmt: skip
_SHARES = {"sum": (0.4, 0.7, 1.0, 1.5, 2.5), "number": (1.0, 2.0, 3.0, 4.0, 6.0), "percent": (1.0, 0.5, 2.0, 1.5, 2.5)}


def rules(count: int) -> dict[str, Rule]:
    """So many different rules, by key; the same ones every time."""
    from perennial.segments.rules.rule import read

    found: dict[str, str] = {}
    for turn in range(5):
        for key, text in _ready(turn):
            if text not in found.values():
                found[f"{key}-{turn}"] = text
        for number, pattern in enumerate(_MADE):
            found[f"made-{number}-{turn}"] = pattern.format(
                months=1 + (turn * 5 + number) % 12, weeks=1 + (turn + number) % 8, days=20 + 15 * turn + number,
                few=1 + turn % 3, more=5 + turn, sum=40 + 35 * turn + number,
            )  # fmt: skip
    if len(found) < count:
        raise ValueError(f"there are {len(found)} different rules, not {count}")
    # Spread over all of them: the first and the last are of another sort.
    keys = list(found)
    return {keys[i * len(keys) // count]: read(found[keys[i * len(keys) // count]]) for i in range(count)}


def _ready(turn: int) -> list[tuple[str, str]]:
    from perennial.segments.rules.ready import READY

    made = []
    for key, one in READY.items():
        amounts = {}
        for name, asked in one.asked.items():
            if asked.sort != "name":
                amounts[name] = str(int(float(asked.default) * _SHARES[asked.sort][turn]))
        made.append((key, one.text(**amounts)))
    return made


def nothing_beside() -> Beside:
    """No attributes, consents, labels, lists or scores: what files of facts do not hold."""
    import ibis

    from perennial.segments.rules.tables import BESIDE, Beside

    return Beside(**{name: ibis.memtable([], schema=dict(columns)) for name, columns in BESIDE.items()})


def known_of(t: Tables, asked: dict[str, Rule], as_of: AsOf) -> Known:
    """What rules are measured against, found in the tables themselves, cut-points too."""
    from dataclasses import replace

    from perennial.insight.gaps import dormancy
    from perennial.insight.own import StoreRhythm
    from perennial.insight.rfm import rfm_cuts
    from perennial.insight.rhythm import rhythm_store
    from perennial.segments.compile.judged import cut_point
    from perennial.segments.rules.conditions.ranked import Ranked
    from perennial.segments.rules.known import Known
    from perennial.segments.rules.rule import conditions

    pace, cuts = _row(rhythm_store(t, as_of)), _row(rfm_cuts(t, as_of))
    known = Known(
        rhythm=StoreRhythm(pace["log_mean"], pace["within"], pace["prior_gaps"], pace["shape"]),
        dormancy=_row(dormancy(t, as_of))["dormancy_days"],
        rfm=cuts,
    )
    ranked = {one.text(): one for rule in asked.values() for one in conditions(rule) if isinstance(one, Ranked)}
    found = {text: _row(cut_point(one, t, nothing_beside(), known, as_of))["cut"] for text, one in ranked.items()}
    return replace(known, cuts=found)


def _row(table: Any) -> dict[str, Any]:
    (row,) = table.to_pyarrow().to_pylist()
    return dict(row)
