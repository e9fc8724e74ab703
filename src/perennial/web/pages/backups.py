"""Back-ups: which there are, one button to make one, download. For owners of every brand: all of them are in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from perennial.database.backup.folder import kept, listed, path_of
from perennial.facts.actions.jobs import want_job
from perennial.facts.models.loop import Job
from perennial.web.desk.page import Desk, page

_KIND = "backup"


@page("backups")
def backups(desk: Desk) -> HttpResponse:
    """The list, and how far the one is that is being made."""
    job = Job.objects.filter(brand_id=desk.brand.id, kind=_KIND, key="").first()
    busy = job is not None and job.state in ("wanted", "running")
    if desk.partial and not busy:
        answer = HttpResponse(status=204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    values: dict[str, Any] = {
        "job": job,
        "busy": busy,
        "at": job.cursor if job is not None and job.state == "running" else {},
        "kept": kept(Path(settings.PERENNIAL_HOME)),
        "files": [
            {"name": one.name, "size": _size(desk, one.size), "made_at": one.made_at}
            for one in ([] if desk.partial else listed(Path(settings.PERENNIAL_HOME)))
        ],
    }
    return desk.render("backups_state.html" if desk.partial else "backups.html", **values)


def _size(desk: Desk, count: int) -> str:
    """In MB, with one decimal."""
    return desk.words.text("%(n)s MB") % {"n": desk.format.decimal(count / 1e6)}


@require_POST
@page("backups")
def make(desk: Desk) -> HttpResponse:
    """Ask the work loop for one."""
    with transaction.atomic():
        asked = want_job(brand_id=desk.brand.id, kind=_KIND, key="", now=desk.now)
        if asked:
            desk.note("backup.make", "backup")
    if not asked:
        messages.info(desk.request, desk.words.text("A back-up is being made already."))
    return redirect(desk.url("backups"))


@page("backups")
def download(desk: Desk, name: str) -> HttpResponse:
    """A file of the list. It holds every brand's customers and the key: who takes it is written down."""
    path = path_of(Path(settings.PERENNIAL_HOME), name)
    if path is None or desk.request.method not in ("GET", "POST"):
        raise Http404
    if desk.request.method != "POST":
        return redirect(desk.url("backups"))
    with transaction.atomic():
        desk.note("backup.download", "backup", fields=(name,))
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)  # type: ignore[return-value]
