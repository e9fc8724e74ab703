"""Why a customer is in a segment, or is not: each condition with their value, what is missing and until when."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from perennial.segments.actions.previews import want_explanation
from perennial.segments.queries.stays import stays_of
from perennial.web.desk.page import Desk, page
from perennial.web.pages.customer import found_or_404
from perennial.web.pages.segment import found_or_404 as segment_or_404
from perennial.web.segments import reading
from perennial.web.segments.explained import tree
from perennial.web.segments.saying import said
from perennial.web.segments.words import WHY


@require_GET
@page("see")
def customer_segment(desk: Desk, customer: str, key: str) -> HttpResponse:
    """The page; what is not worked out yet is asked of `work`, and comes by itself."""
    person = found_or_404(desk, customer)
    if person.public != customer:
        return redirect("customer_segment", desk.brand.key, person.public, key)
    held = segment_or_404(desk, key)
    names = reading.titles(desk.brand.id, desk.now)
    one = None
    if held.live is not None:
        one = want_explanation(brand_id=desk.brand.id, person=person.id, segment=key, now=desk.now)
    found = one.found if one is not None else None
    stays = [_stay(desk, stay) for stay in stays_of(brand_id=desk.brand.id, customer_id=person.id, segment=key)]
    inside = bool(stays) and stays[0]["open"]
    return desk.render(
        "customer_segment.html",
        person=person,
        held=held,
        said=said(desk, held.body.rule, names),
        inside=inside,
        stays=stays,
        waiting=one is not None and one.wanted_at is not None,
        error=one.error if one is not None else "",
        tree=tree(desk, found, names, person.public) if found is not None else None,
        behind=found is not None and found["verdict"]["holds"] != inside,
        as_of=one.as_of if one is not None else None,
    )


def _stay(desk: Desk, stay: dict[str, Any]) -> dict[str, Any]:
    left, came, went = stay["left_at"], WHY[stay["entered_why"]], WHY.get(stay["left_why"], "")
    return {
        "open": left is None,
        "from": desk.format.moment(stay["entered_at"]),
        "from_why": desk.words.text(came),
        "to": "" if left is None else desk.format.moment(left),
        "to_why": "" if left is None else desk.words.text(went),
    }
