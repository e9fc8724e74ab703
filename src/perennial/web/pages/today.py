"""Today: what changed and what to do."""

from __future__ import annotations

from django.http import HttpResponse

from perennial.web.desk.answers import read
from perennial.web.desk.page import Desk, page


@page("see")
def today(desk: Desk) -> HttpResponse:
    """The first page of the day."""
    summary = read(desk.brand.id, "summary", now=desk.now)
    return desk.render("today.html", summary=summary)
