"""What pages fetch beside themselves: charts."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from perennial.web.desk.charts import draw
from perennial.web.desk.page import Desk, page


@page("see")
def chart(desk: Desk, name: str) -> HttpResponse:  # noqa: ARG001  # whose brand it is was checked
    """A chart that a page named."""
    found = draw(name)
    if found is None:
        raise Http404
    return HttpResponse(found)
