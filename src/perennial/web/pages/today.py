"""Today: what changed and what to do."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse

from perennial.display import drifting
from perennial.display.look import ENOUGH, Look, rate
from perennial.facts.models.brands import Store
from perennial.facts.models.loop import Schedule
from perennial.facts.models.orders import Order
from perennial.figures.models import Answer, CustomerFigures
from perennial.insight.calendar import label
from perennial.values.hashing import fingerprint
from perennial.values.ids import public
from perennial.web.data.words import TASKS
from perennial.web.desk.answers import Read, Row, read
from perennial.web.desk.goals import USUAL_HORIZON, goals
from perennial.web.desk.late import LATE_FRESH, late_orders
from perennial.web.desk.look import DeskLook
from perennial.web.desk.naming import people
from perennial.web.desk.newest import newest_order
from perennial.web.desk.page import Desk, page

BASE_DAYS = 30  # of the retention rate: a month's customers, as in its trend
LATELY = 90  # days of promises that Today speaks of
_LISTED = 8
_OLD = timedelta(days=2)


@page("see")
def today(desk: Desk) -> HttpResponse:
    """The first page of the day."""
    look = DeskLook(desk)
    if not Order.objects.filter(brand_id=desk.brand.id).exists():
        return desk.render("today.html", empty=True, waits=_waits(desk), fresh=_fresh(desk), reads=[])
    ask = partial(read, desk.brand.id, now=desk.now)
    goal = goals(desk.brand.id, desk.now).kept
    horizon = goal.within if goal else USUAL_HORIZON
    reads = {
        "summary": ask("summary"),
        "states": ask("rhythm_states"),
        "money": ask("new_and_returning"),
        "kept": ask("retention", horizons=[horizon], base_days=BASE_DAYS),
        "delivery": ask("delivery", days=LATELY),
        "late": ask("late_now", fresh=LATE_FRESH),
        "reasons": ask("reasons_summary"),
    }
    return desk.render(
        "today.html",
        empty=False,
        reads=list(reads.values()),
        summary=reads["summary"],
        drifts=_drifts(desk, look, reads["states"]),
        money=_money(look, reads["money"]),
        kept=_kept(look, reads["kept"], goal.target if goal else None),
        promise=_promise(look, reads["delivery"]),
        late=late_orders(desk, reads["late"], _LISTED),
        reasons={"rows": drifting.reasons(look, reads["reasons"].rows), "as_of": reads["reasons"].as_of},
        fresh=_fresh(desk),
        waits=_waits(desk),
    )


def _drifts(desk: Desk, look: Look, found: Read) -> dict[str, Any] | None:
    """Who is later than usual, and the worthiest of them by name."""
    if not found.rows:
        return None
    f = look.format
    now = CustomerFigures.objects.filter(brand_id=desk.brand.id, rhythm="drifting", too_early=False)
    worthiest = list(now.order_by("-yearly_value")[:_LISTED])
    names = people(desk.brand.id, [one.id for one in worthiest])
    listed = [
        {
            "name": names.get(one.id, public("cus", one.id)),
            "to": desk.url("customer", public("cus", one.id)),
            "usual": f.count(one.usual_gap),
            "silent": f.count(one.as_of_day - (one.last_order_day or one.as_of_day)),
            "worth": f.money(one.yearly_value),
        }
        for one in worthiest
    ]
    states = drifting.states(look, found.rows)
    return {
        "sentence": drifting.sentence(look, found.rows),
        "states": states["states"] if states else [],
        "people": listed,
        "as_of": found.as_of,
    }


def _money(look: Look, found: Read) -> dict[str, Any] | None:
    """The last month that is over, against the one before and the same of last year."""
    whole = {row["month"]: row for row in found.rows if row["complete"]}
    if not whole:
        return None
    w, f = look.words, look.format
    month = max(whole)
    row, before, year = whole[month], whole.get(month - 1), whole.get(month - 12)
    kinds = {"returning_revenue": w.text("returning customers"), "new_revenue": w.text("new customers")}
    return {
        "month": f.month(month),
        "cohort": label(month),
        "sentence": w.text(
            "In %(month)s returning customers brought %(returning)s, %(share)s of what known customers spent; "
            "new ones brought %(new)s.",
            month=f.month(month),
            returning=f.money(row["returning_revenue"]),
            share=f.percent(row["returning_share"]),
            new=f.money(row["new_revenue"]),
        ),
        "against": [f.month(month - 1), f.month(month - 12)],
        "rows": [
            {
                "name": name,
                "now": f.money(row[kind]),
                "then": [
                    {"value": f.money(other[kind] if other else None), "change": _change(look, row[kind], other, kind)}
                    for other in (before, year)
                ],
            }
            for kind, name in kinds.items()
        ],
        "as_of": found.as_of,
    }


def _change(look: Look, now: int, then: Row | None, kind: str) -> str:
    """How much more or less, in percent; empty where there is nothing to compare with."""
    if then is None or then[kind] <= 0:
        return ""
    share = now / then[kind] - 1
    sign = "+" if share >= 0 else "\N{MINUS SIGN}"
    return f"{sign}{look.format.percent(abs(share), 0)}"


def _kept(look: Look, found: Read, target: float | None) -> dict[str, Any] | None:
    """The retention rate, and how far it is from its goal."""
    if not found.rows:
        return None
    w, f, row = look.words, look.format, found.one
    days = f.count(row["horizon"])
    if row["base"] < ENOUGH or not row["complete"]:
        return {"enough": False, "days": days, "as_of": found.as_of}
    sentence = w.text(
        "%(rate)s of the %(n)s people who ordered in %(window)s ordered again within %(days)s days.",
        rate=rate(look, row),
        n=f.count(row["base"]),
        window=f.days(row["base_from"], row["base_to"]),
        days=days,
    )
    if target is not None:
        reached = row["rate"] >= target
        told = (
            w.text("The goal of %(goal)s is reached.", goal=f.percent(target))
            if reached
            else w.text(
                "The goal is %(goal)s: %(n)s more of them would have had to come back.",
                goal=f.percent(target),
                n=f.count(max(1, round(target * row["base"] - row["retained"]))),
            )
        )
        sentence = f"{sentence} {told}"
    return {"enough": True, "sentence": sentence, "days": days, "goal": target is not None, "as_of": found.as_of}


def _promise(look: Look, found: Read) -> dict[str, Any] | None:
    """Promises of the last 90 days."""
    if not found.rows or not found.one["promised"]:
        return None
    row, f = found.one, look.format
    enough = row["promised"] >= ENOUGH
    return {
        "enough": enough,
        "sentence": look.words.text(
            "%(rate)s of the %(n)s deliveries promised for the last %(days)s days came in time.",
            rate=rate(look, row, "kept_rate"),
            n=f.count(row["promised"]),
            days=f.count(LATELY),
        ),
        "as_of": found.as_of,
    }


def _fresh(desk: Desk) -> list[dict[str, Any]]:
    """How new the newest facts are: an index of all orders, and each store's own answer where there are several."""
    w, f, brand = desk.words, desk.format, desk.brand
    stores = list(Store.objects.filter(brand_id=brand.id).order_by("name", "id"))
    at = newest_order(brand.id)
    rows: list[dict[str, Any]] = []
    if at is not None:
        name = stores[0].name if len(stores) == 1 else w.text("All stores")
        rows.append({"name": name, "what": w.text("newest order"), "when": f.moment(at), "old": desk.now - at > _OLD})
    if len(stores) > 1:
        days = Answer.objects.filter(brand_id=brand.id, name="summary", store_id__in=[one.id for one in stores])
        bodies = {one.store_id: one.body for one in days if one.body and one.body["rows"]}
        for store in stores:
            body = bodies.get(store.id)
            day = dict(zip(body["columns"], body["rows"][0], strict=True))["last_order_day"] if body else None
            rows.append({"name": store.name, "what": w.text("newest order"), "when": f.day(day), "old": False})
    # No index tells the newest visit; the months of visits are in an answer that every night brings.
    visits = Answer.objects.filter(brand_id=brand.id, store_id=0, name="conversion", params_key=fingerprint({}))
    body = visits.values_list("body", flat=True).first()
    if body and body["rows"]:
        month = max(row[body["columns"].index("month")] for row in body["rows"])
        rows.append({"name": w.text("Visits"), "what": w.text("newest month"), "when": f.month(month), "old": False})
    return rows


def _waits(desk: Desk) -> dict[str, Any]:
    """What the work loop has still to do, or could not."""
    failed = Schedule.objects.filter(brand_id=desk.brand.id, failures__gt=0).values_list("task", flat=True)
    return {
        "answers": Answer.objects.filter(brand_id=desk.brand.id, wanted_at__isnull=False).count(),
        "failed": sorted(desk.words.text(TASKS.get(task, task)) for task in failed),
    }
