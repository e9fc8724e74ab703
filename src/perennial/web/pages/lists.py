"""Lists of people that somebody pasted or uploaded: all of them, and one."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from perennial.segments.actions.lists import make_list
from perennial.segments.models import StaticList
from perennial.segments.queries import lists as queries
from perennial.values.reason import Refused
from perennial.web.data.files import most, size, stores_of
from perennial.web.desk.inputs import Unsaved
from perennial.web.desk.page import Desk, page
from perennial.web.lists import words as w
from perennial.web.lists.shown import additions, entries, list_of, row


@require_GET
@page("see")
def lists(desk: Desk) -> HttpResponse:
    """The brand's lists."""
    return _all(desk)


def _all(desk: Desk, *, wrong: str = "", name: str = "", status: int = 200) -> HttpResponse:
    found = [row(desk, one) for one in queries.lists(brand_id=desk.brand.id)]
    return desk.render("lists.html", status=status, lists=found, wrong=wrong, name=name)


@require_http_methods(["GET", "POST"])
@page("programme")
def list_new(desk: Desk) -> HttpResponse:
    """A new list, empty yet."""
    if desk.request.method != "POST":
        return redirect(desk.url("lists"))
    name = desk.request.POST.get("title", "")
    try:
        with transaction.atomic():
            made = make_list(brand_id=desk.brand.id, title=name, now=desk.now)
            desk.note("list.make", "static_list", made.id, ("title",))
    except Refused as wrong:
        return _all(desk, wrong=w.refused(desk.words, wrong), name=name, status=400)
    messages.success(desk.request, desk.words.text("The list is there. Now put people on it."))
    return redirect(desk.url("list", made.key))


@require_GET
@page("see")
def one(desk: Desk, key: str) -> HttpResponse:
    """A list: who is on it, who is waited for, what became of what was added."""
    found = list_of(desk, key)
    if not desk.partial:
        return show(desk, found)
    shown = additions(desk, found)
    if not any(addition["active"] for addition in shown):
        # The work is over: the whole page is another one now.
        answer = HttpResponse(status=204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    return desk.render("list_progress.html", one=row(desk, found), additions=shown)


def show(
    desk: Desk, found: StaticList, *, wrong: str = "", unsaved: Unsaved | None = None, status: int = 200
) -> HttpResponse:
    """The page of a list; ``wrong``: why what was written into its form was not done."""
    shown = additions(desk, found)
    return desk.render(
        "list.html",
        status=status,
        one=row(desk, found),
        additions=shown,
        active=any(addition["active"] for addition in shown),
        entries=entries(desk, found),
        sorts=w.SORTS,
        stores=stores_of(desk),
        most=most(),
        most_said=size(desk, most()),
        wrong=wrong,
        unsaved=unsaved or Unsaved(),
    )
