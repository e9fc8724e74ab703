"""Audiences: segments kept in step with lists at mailing services; how they stand, making and changing them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from perennial.channels.audiences.actions.keys import keep_key, key_of
from perennial.channels.audiences.actions.sync import ask_again, sync_now, want_test
from perennial.channels.audiences.models import AudienceState
from perennial.channels.audiences.queries import Progress, progress, refusals, states
from perennial.channels.audiences.rules.audience import KIND, Audience
from perennial.documents.actions import AlreadyScheduled
from perennial.documents.queries import bodies, live
from perennial.documents.rules.body import Refused
from perennial.segments.rules.segment import KIND as SEGMENT
from perennial.values.ids import public
from perennial.web.audiences.form import AudienceForm, free_key, said, usual
from perennial.web.audiences.words import SERVICES, problem, tested
from perennial.web.desk.documents import Conflict, Opened, blame, end, opened, put
from perennial.web.desk.naming import people
from perennial.web.desk.page import Desk, page

_ASKED = {"sync": sync_now, "test": want_test, "again": ask_again}
_SHOWN = 100  # of those whom a service refused


@page("programme")
def audiences(desk: Desk) -> HttpResponse:
    """All audiences with how they stand."""
    counted, known = progress(desk.brand.id), states(desk.brand.id)
    segments = {key: body.title for key, body in bodies(SEGMENT, brand_id=desk.brand.id).items()}
    rows = []
    for one in live(brand_id=desk.brand.id, at=desk.now, kind=KIND.name):
        body = KIND.read(one.stored, one.schema)
        rows.append({
            "key": one.key,
            "body": body,
            "service": desk.words.text(SERVICES[body.where.kind]),
            "segment": segments.get(body.segment, body.segment),
            **_standing(desk, body, counted.get(one.key, Progress()), known.get(one.key)),
        })  # fmt: skip
    return desk.render("audiences.html", rows=rows, segments=segments, services=_services(desk))


@require_http_methods(["GET", "POST"])
@page("programme")
def audience_new(desk: Desk) -> HttpResponse:
    """An audience that is not there yet."""
    service = desk.request.GET.get("service", "mailchimp")
    if service not in SERVICES:
        raise Http404
    has_key = bool(key_of(desk.brand.id, service))
    if desk.request.method != "POST":
        return _show(desk, AudienceForm(desk, service, initial=usual(service), has_key=has_key), None)
    form = AudienceForm(desk, service, desk.request.POST, has_key=has_key)
    if not form.is_valid():
        return _show(desk, form, None, status=400)
    return _save(desk, form, free_key(desk.brand.id, form.cleaned_data["title"]), None)


@require_http_methods(["GET", "POST"])
@page("programme")
def audience(desk: Desk, key: str) -> HttpResponse:
    """An audience: how it stands, whom the service refused, and what may be changed."""
    held = _held(desk, key)
    body = _body(held)
    service = body.where.kind
    has_key = bool(key_of(desk.brand.id, service))
    if desk.request.method != "POST":
        initial = said(body) | {"seen_version": held.seen_version}
        return _show(desk, AudienceForm(desk, service, initial=initial, has_key=has_key), held)
    form = AudienceForm(desk, service, desk.request.POST, has_key=has_key)
    if not form.is_valid():
        return _show(desk, form, held, status=400)
    return _save(desk, form, key, held)


@require_POST
@page("programme")
def audience_do(desk: Desk, key: str) -> HttpResponse:
    """Sync now, test the connection, ask again for those refused, pause, go on."""
    held = _held(desk, key)
    body, what = _body(held), desk.request.POST.get("do", "")
    if held.held is None:
        raise Http404  # ended: nothing takes it up again but saving it
    if what in {"pause", "go_on"}:
        changed = body.content() | {"paused": what == "pause"}
        found = put(desk, kind=KIND.name, key=key, body=changed, seen_version=held.seen_version, verb="audience.save")
        if found is not None:
            messages.error(desk.request, desk.words.text("Somebody changed it in this moment: look and try again."))
        elif what == "go_on":
            sync_now(brand_id=desk.brand.id, audience=key, now=desk.now)
        return redirect(desk.url("audience", key))
    if what not in _ASKED:
        raise Http404
    with transaction.atomic():
        desk.note(f"audience.{what}", "document.audience", held.newest.id)
        if what != "again":
            _ASKED[what](brand_id=desk.brand.id, audience=key, now=desk.now)
    if what == "again":  # of many: it keeps its transactions short
        ask_again(brand_id=desk.brand.id, audience=key, now=desk.now)
    return redirect(desk.url("audience", key))


@require_POST
@page("programme")
def audience_end(desk: Desk, key: str) -> HttpResponse:
    """An audience that is kept in step no more; at the service all stays."""
    held = _held(desk, key)
    text = desk.request.POST.get("seen_version", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    found = end(desk, kind=KIND.name, key=key, seen_version=seen, verb="audience.end")
    if found is None:
        messages.success(desk.request, desk.words.text("The audience is ended."))
        return redirect(desk.url("audiences"))
    body = _body(held)
    conflict = found if isinstance(found, Conflict) else None
    version = conflict.version if conflict else held.seen_version
    form = AudienceForm(desk, body.where.kind, said(body) | {"seen_version": version})
    if isinstance(found, AlreadyScheduled) and form.is_valid():
        blame(desk, form, found, form.places)
    return _show(desk, form, held, status=409, conflict=conflict)


def _save(desk: Desk, form: AudienceForm, key: str, held: Opened | None) -> HttpResponse:
    found = put(
        desk, kind=KIND.name, key=key, body=form.body(paused=_body(held).paused if held else False),
        seen_version=form.cleaned_data["seen_version"], verb="audience.save",
    )  # fmt: skip
    if isinstance(found, Refused | AlreadyScheduled):
        blame(desk, form, found, form.places)
        return _show(desk, form, held, status=400)
    if found is not None:
        told = {**desk.request.POST.dict(), "seen_version": str(found.version)}
        return _show(desk, AudienceForm(desk, form.service, told), held, status=409, conflict=found)
    if given := form.cleaned_data["key"]:
        with transaction.atomic():
            desk.note("audience.key", "brand", desk.brand.id, ("key",))
            keep_key(desk.brand.id, form.service, given)
    sync_now(brand_id=desk.brand.id, audience=key, now=desk.now)
    messages.success(desk.request, desk.words.text("The audience is saved. It is brought in step within a minute."))
    return redirect(desk.url("audience", key))


def _show(
    desk: Desk, form: AudienceForm, held: Opened | None, *, status: int = 200, conflict: Conflict | None = None
) -> HttpResponse:
    values: dict[str, Any] = {"form": form, "held": held, "conflict": conflict, "service": SERVICES[form.service]}
    values |= {"body": None, "busy": False, "refused": [], "reasons": []}
    values["field_names"] = {"title": form.fields["title"].label, "segment": form.fields["segment"].label}
    if held is not None and held.held is not None:
        body, key = _body(held), held.newest.key
        counted = progress(desk.brand.id).get(key, Progress())
        values |= {"body": body, **_standing(desk, body, counted, states(desk.brand.id).get(key))}
        reasons, refused = refusals(desk.brand.id, key, _SHOWN) if counted.refused else ([], [])
        names = people(desk.brand.id, {one.customer_id for one in refused})
        values["reasons"] = reasons
        values["refused"] = [
            {
                "name": names.get(one.customer_id, public("cus", one.customer_id)),
                "public": public("cus", one.customer_id),
                "why": one.error,
                "barred": one.state == "barred",
            }
            for one in refused
        ]
    return desk.render("audience.html", status=status, **values)


def _standing(desk: Desk, body: Audience, counted: Progress, state: AudienceState | None) -> dict[str, Any]:
    """How an audience stands: counts, a state in one word, what is wrong and what helps."""
    wrong, told = problem(desk, state.error if state else "")
    kind = "step"
    if body.paused:
        kind = "paused"
    elif wrong and not _waits(state):
        kind = "stuck"
    elif counted.waiting or state is None or state.planned_at is None or wrong:
        kind = "waiting"
    return {
        "counted": counted, "state": state, "kind": kind, "problem": wrong, "problem_told": told,
        "test": tested(desk, state.test) if state and state.test else None,
        "busy": state is not None and (state.test_wanted_at is not None or _asked_for(desk, body, state)),
    }  # fmt: skip


def _asked_for(desk: Desk, body: Audience, state: AudienceState) -> bool:
    """Whether the loop is about to look through it."""
    return not body.paused and state.plan_at is not None and state.plan_at <= desk.now


def _waits(state: AudienceState | None) -> bool:
    """Whether the service is tried again by itself, and may well answer then."""
    return state is not None and state.error.startswith("later")


def _services(desk: Desk) -> list[tuple[str, str]]:
    return [(kind, desk.words.text(name)) for kind, name in SERVICES.items()]


def _held(desk: Desk, key: str) -> Opened:
    """An audience that is in force, or was when somebody opened it to change it."""
    found = opened(desk, kind=KIND.name, key=key)
    if found is None or (desk.request.method != "POST" and found.held is None):
        raise Http404
    return found


def _body(found: Opened) -> Audience:
    at = found.held or found.newest
    return KIND.read(at.stored, at.schema)
