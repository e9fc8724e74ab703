"""Care: what each customer may cost a year, by group; who may cost most; the document that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from perennial.display import axes, lines
from perennial.display.definitions import GROUPS, STAGES
from perennial.display.look import tip
from perennial.display.wording import mark
from perennial.documents import queries
from perennial.documents.actions import AlreadyScheduled
from perennial.documents.rules.body import Refused
from perennial.documents.rules.kinds import installed
from perennial.segments.actions.allocate import want_look
from perennial.segments.models import Allotment
from perennial.segments.rules.allocation import KEY, KIND, Allocation, InSegment, Part
from perennial.values.ids import public
from perennial.web.desk.documents import Conflict, Opened, opened, put
from perennial.web.desk.look import DeskLook
from perennial.web.desk.naming import people
from perennial.web.desk.page import Desk, page
from perennial.web.segments import care_reading
from perennial.web.segments.care_form import CareForm, titles

OF = {
    "last_year": mark("the profit of the last 365 days"),
    "yearly_mean": mark("the profit of a mean year of theirs"),
}
_HEIGHT = 200
_MOST_BARS = 14


@page("see")
def care(desk: Desk) -> HttpResponse:
    """Who gets the most care: groups, how it is spread, people."""
    found = care_reading.held(desk.brand.id)
    told = found.found if found is not None else None
    body = KIND.read(found.body, KIND.schema) if found is not None else Allocation()
    after, before = _place(desk, "after"), _place(desk, "before")
    best = care_reading.best(desk.brand.id, after=after, before=before)
    return desk.render(
        "care.html",
        held=found,
        behind=care_reading.behind(desk.brand.id, desk.now),
        of=desk.words.text(OF[body.of]),
        summed=_summed(desk, body, told) if told is not None else None,
        spread=_spread(desk, told["bands"]) if told is not None else None,
        best=_best(desk, best.people),
        first=after is None and before is None,
        following=_address(desk, "after", best.after),
        previous=_address(desk, "before", best.before),
    )


@require_http_methods(["GET", "POST"])
@page("programme")
def edit(desk: Desk) -> HttpResponse:
    """Change the document; see first what it would come to."""
    found = opened(desk, kind=KIND.name, key=KEY)
    if desk.request.method != "POST":
        look = care_reading.looked_at(desk.brand.id, desk.request.GET.get("look", "")[:32])
        seen = desk.request.GET.get("seen", "")
        version = int(seen) if look and seen.isascii() and seen.isdigit() and len(seen) < 10 else None
        body = KIND.read(look.body, KIND.schema) if look else care_reading.in_force(desk.brand.id, desk.now)
        form = CareForm.of_body(desk, body, (found.seen_version if found else 0) if version is None else version)
        return _show(desk, form, found, look=look)
    form = CareForm.of_post(desk.request.POST)
    wish = desk.request.POST.get("do", "save")
    if wish not in ("save", "look"):
        form.changed(wish)
        return _show(desk, form, found)
    body_ = form.body(desk)
    if form.errors:
        return _show(desk, form, found, status=400)
    return _look(desk, form, body_, found) if wish == "look" else _save(desk, form, body_, found)


def _look(desk: Desk, form: CareForm, body: dict[str, Any], found: Opened | None) -> HttpResponse:
    try:
        ready = KIND.prepare(body, queries.BrandNames(installed(), desk.brand.id))
    except Refused as refused:
        form.blame(desk, refused)
        return _show(desk, form, found, status=400)
    asked = want_look(brand_id=desk.brand.id, body=ready.content(), now=desk.now)
    return redirect(desk.url("care_edit", look=asked.key, seen=str(form.seen_version)) + "#look")


def _save(desk: Desk, form: CareForm, body: dict[str, Any], found: Opened | None) -> HttpResponse:
    refused = put(
        desk, kind=KIND.name, key=KEY, body=body, seen_version=form.seen_version, verb="care.save"
    )  # fmt: skip
    if isinstance(refused, Refused | AlreadyScheduled):
        form.blame(desk, refused)
        return _show(desk, form, found, status=400)
    if refused is not None:
        form.seen_version = refused.version  # saved once more, the newest version has been seen
        return _show(desk, form, found, status=409, conflict=refused)
    messages.success(desk.request, desk.words.text("Saved. What each customer may cost is being worked out anew."))
    return redirect(desk.url("care"))


def _show(
    desk: Desk,
    form: CareForm,
    found: Opened | None,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
    look: Allotment | None = None,
) -> HttpResponse:
    say = desk.words.text
    labels = {
        "of": say("A share of"), "groups": say("Groups"), "everyone": say("Everybody else"), "title": say("Name"),
        "who": say("Who"), "share": say("Share"), "floor": say("At least"), "ceiling": say("At most"),
        "starting": say("Without a known profit"),
    }  # fmt: skip
    return desk.render(
        "care_edit.html",
        status=status,
        form=form,
        held=found,
        conflict=conflict,
        field_names=form.places(labels),
        bases=[(key, say(name)) for key, name in OF.items()],
        groups=[(key, say(name)) for key, (name, _) in GROUPS.items()],
        stages=[(key, say(name)) for key, name in STAGES.items()],
        segments=_segments(desk, form),
        look=look,
        compared=_compared(desk, look) if look is not None and look.found is not None else None,
    )


def _segments(desk: Desk, form: CareForm) -> list[tuple[str, str]]:
    """What may be chosen; a segment that is gone stays as long as it is written."""
    known = care_reading.segments(desk.brand.id)
    gone = {row.segment: row.segment for row in form.rows if row.segment and row.segment not in known}
    return list({**known, **gone}.items())


def _summed(desk: Desk, body: Allocation, found: dict[str, Any]) -> dict[str, Any]:
    """The groups in order, with those in which nobody is, and all together."""
    f, w = desk.format, desk.words
    by = {row["part"]: row for row in found["groups"]}
    named = care_reading.segments(desk.brand.id) if any(isinstance(one.who, InSegment) for one in body.groups) else {}
    rows = []
    for index, (part, title) in enumerate(zip(body.groups, titles(desk, body.groups), strict=True)):
        row = by.get(index, {})
        share = f.percent(part.share, 0 if round(part.share * 1000) % 10 == 0 else 1)
        rows.append({"title": title, "who": _who(desk, part, named), "share": share, **_told(desk, row)})
    everything = {
        name: sum(row[name] for row in found["groups"])
        for name in ("people", "care", "profit", "revenue", "discount", "unknown")
    }
    unknown = everything["unknown"]
    return {
        "rows": rows,
        "all": _told(desk, everything),
        "people": everything["people"],
        "unknown": w.plural(
            "%(n)s person has no known profit yet", "%(n)s people have no known profit yet", unknown,
            n=f.count(unknown),
        ) if unknown else "",
    }  # fmt: skip


def _told(desk: Desk, row: dict[str, Any]) -> dict[str, str]:
    f = desk.format
    count, allowed, profit = row.get("people", 0), row.get("care", 0), row.get("profit", 0)
    return {
        "people": f.count(count),
        "care": f.money(allowed),
        "each": f.money(allowed / count if count else None),
        "profit": f.money(profit),
        "of_profit": f.percent(allowed / profit if profit else None),
        "discount": f.money(row.get("discount", 0)),
    }


def _who(desk: Desk, part: Part, named: dict[str, str]) -> str:
    who, w = part.who, desk.words
    if who.kind == "everyone":
        return w.text("everybody who is left")
    if isinstance(who, InSegment):
        return w.text("in the segment “%(title)s”", title=named.get(who.name, who.name))
    if who.kind == "rfm":
        return ", ".join(w.text(GROUPS[one][0]) for one in who.values)
    return ", ".join(w.text(STAGES[one]) for one in who.values)


def _spread(desk: Desk, bands: Sequence[dict[str, int]]) -> dict[str, Any] | None:
    """How many people may cost how much: a bar for each band from the first to the last that holds anybody."""
    if sum(row["people"] for row in bands) == 0 or not any(row["up_to"] for row in bands):
        return None
    look, f, w = DeskLook(desk), desk.format, desk.words
    rows: list[dict[str, Any]] = []
    below = 0
    for row in bands:
        told = f.money(0) if row["up_to"] == 0 else w.text("up to %(amount)s", amount=f.money(row["up_to"]))
        rows.append({**row, "told": told, "below": below})
        below = row["up_to"]
    if len(rows) > _MOST_BARS:  # the smallest ones together
        few = rows[: len(rows) - _MOST_BARS + 1]
        rows = [{
            **few[-1], "people": sum(one["people"] for one in few), "care": sum(one["care"] for one in few),
        }, *rows[len(few) :]]  # fmt: skip
    marks = [
        {"month": index, "n": row["people"], **tip(look, row["told"], f.count(row["people"]))}
        for index, row in enumerate(rows)
    ]
    y = axes.ticks(max(row["people"] for row in rows), 4)

    def draw(wide: bool) -> axes.Spec:
        step = 1 if wide or len(rows) < 7 else 2
        shown = range(0, len(rows), step)
        names = [f.short_money(rows[index]["up_to"]) for index in shown]
        x = axes.axis(list(shown), names, grid=False, labelAngle=0, labelOverlap="greedy", labelPadding=9)
        return lines.bars(marks, x, axes.axis(y, [f.count(v) for v in y]), y[-1])

    everybody, allowed = sum(row["people"] for row in rows), sum(row["care"] for row in rows)
    return {
        "picture": look.picture(draw, w.text("How many people may cost how much a year."), height=_HEIGHT),
        "rows": [
            [row["told"], f.count(row["people"]), f.percent(row["people"] / everybody), f.money(row["care"]),
             f.percent(row["care"] / allowed if allowed else None)]
            for row in rows
        ],
    }  # fmt: skip


def _best(desk: Desk, found: Sequence[tuple[int, float]]) -> list[dict[str, Any]]:
    """Those people by name, with what they brought: two queries."""
    f, w = desk.format, desk.words
    ids = [person for person, _ in found]
    names, known = people(desk.brand.id, ids), care_reading.figures(desk.brand.id, ids)
    listed = []
    for person, allowed in found:
        row = known.get(person)
        group = GROUPS.get(row.rfm_group) if row else None
        listed.append({
            "name": names.get(person, public("cus", person)),
            "to": desk.url("customer", public("cus", person)),
            "care": f.money(allowed, exact=True),
            "profit": f.money(row.profit if row else None),
            "group": w.text(group[0]) if group else "",
            "orders": f.count(row.orders if row else None),
            "last": f.day(row.last_order_day if row else None),
        })  # fmt: skip
    return listed


def _compared(desk: Desk, look: Allotment) -> dict[str, Any]:
    """What a document that is looked at would come to, and what the one in force does."""
    body = KIND.read(look.body, KIND.schema)
    now = care_reading.held(desk.brand.id)
    told = now.found if now is not None else None
    in_force = KIND.read(now.body, KIND.schema) if now is not None else body
    return {
        "then": _summed(desk, body, look.found or {"groups": []}),
        "now": _summed(desk, in_force, told)["all"] if told is not None else None,
        "as_of": look.as_of,
    }


def _place(desk: Desk, name: str) -> care_reading.Place | None:
    """Where a page of the list begins, as its address says it: "12345-678"."""
    value, _, person = desk.request.GET.get(name, "").partition("-")
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in (value, person)):
        return None
    return float(value), int(person)


def _address(desk: Desk, name: str, place: care_reading.Place | None) -> str:
    return desk.url("care", **{name: f"{int(place[0])}-{place[1]}"}) + "#best" if place else ""
