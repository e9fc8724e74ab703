"""When something went wrong here."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from perennial.web.access.outage import outage


def server_error(request: HttpRequest) -> HttpResponse:
    """The page asks nothing of the database, which may be what is broken."""
    if (told := outage(request, sys.exc_info()[1])) is not None:
        return told
    # Without the request as such, so that no context processor runs.
    return HttpResponse(get_template("500.html", using="jinja2").render({"request": request}), status=500)
