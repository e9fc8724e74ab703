"""Goals: setting, changing and ending what the brand wants to reach."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from perennial.display.wording import mark
from perennial.documents.actions import AlreadyScheduled
from perennial.documents.rules.body import Refused
from perennial.facts.rules.goals import KIND, Doing, Goal
from perennial.web.desk.documents import Conflict, Opened, blame, end, free_key, opened, put, wrong
from perennial.web.desk.goals import USUAL_HORIZON
from perennial.web.desk.page import Desk, page

# What visitors usually do, as it is recorded.
ACTS = {
    "goal:account": mark("Opened an account"),
    "goal:newsletter": mark("Joined the newsletter"),
    "goal:review": mark("Wrote a review"),
    "product_viewed": mark("Looked at a product"),
    "searched": mark("Searched"),
    "cart_added": mark("Put something in the cart"),
    "checkout_started": mark("Began to check out"),
}
_PLACES = {
    "title": "title",
    "counts.behaviour": "behaviour",
    "counts.product": "product",
    "counts.target": "target",
    "counts.within": "within",
}


class GoalForm(forms.Form):
    """A goal of one sort: of visitors who do something, or of customers who return."""

    title = forms.CharField(max_length=120)
    behaviour = forms.CharField(max_length=64)
    product = forms.CharField(max_length=32, required=False)
    within = forms.IntegerField(min_value=7, max_value=730)
    target = forms.CharField(max_length=12)
    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, desk: Desk, sort: str, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        say = self._say = desk.words.text
        self.sort = sort
        for name in ("within",) if sort == "doing" else ("behaviour", "product"):
            del self.fields[name]
        self.fields["target"].required = sort == "returning"
        labels = {
            "title": (say("Name"), say("As it stands on the pages.")),
            "behaviour": (say("What visitors do"), say("As it is recorded, such as goal:newsletter or cart_added.")),
            "product": (say("Only of the product"), say("Its id, prd_…; empty: of any product, or none.")),
            "within": (say("Within how many days"), say("From 7 to 730, counted from a customer's last order.")),
            "target": (say("To reach, in percent"), say("A share such as 5 or 37.5.")),
        }
        for name, field in self.fields.items():
            field.label, field.help_text = labels.get(name, ("", ""))
        if sort == "doing":
            self.fields["behaviour"].widget.attrs.update(list="acts", autocomplete="off")
            self.fields["target"].help_text = say("A share such as 5 or 37.5; empty: only watched.")

    def clean_target(self) -> float | None:
        """Percent as a share."""
        text = str(self.cleaned_data["target"]).strip().removesuffix("%").strip().replace(",", ".")
        if not text:
            return None
        if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text) or not 0 < float(text) <= 100:
            wrong(self._say("Write a number above 0 and up to 100, such as 5 or 37.5."))
        return round(float(text) / 100, 6)

    def body(self) -> dict[str, Any]:
        """The document that the form says."""
        told = self.cleaned_data
        if self.sort == "doing":
            counts = {"kind": "doing", "behaviour": told["behaviour"].strip(), "product": told["product"] or None}
        else:
            counts = {"kind": "returning", "within": told["within"]}
        return {"title": told["title"], "counts": {**counts, "target": told["target"]}}


@require_http_methods(["GET", "POST"])
@page("programme")
def goal_new(desk: Desk) -> HttpResponse:
    """A goal that is not there yet."""
    sort = "returning" if desk.request.GET.get("kind") == "returning" else "doing"
    if desk.request.method != "POST":
        initial = {"seen_version": 0, "within": USUAL_HORIZON}
        return _show(desk, GoalForm(desk, sort, initial=initial), None)
    form = GoalForm(desk, sort, desk.request.POST)
    if not form.is_valid():
        return _show(desk, form, None, status=400)
    return _save(desk, form, free_key(desk, KIND.name, form.cleaned_data["title"]), None)


@require_http_methods(["GET", "POST"])
@page("programme")
def goal(desk: Desk, key: str) -> HttpResponse:
    """A goal that may be changed."""
    held = _held(desk, key)
    body = _body(held)
    sort = body.counts.kind
    if desk.request.method != "POST":
        return _show(desk, GoalForm(desk, sort, initial=_said(body) | {"seen_version": held.seen_version}), held)
    form = GoalForm(desk, sort, desk.request.POST)
    if not form.is_valid():
        return _show(desk, form, held, status=400)
    return _save(desk, form, key, held)


@require_POST
@page("programme")
def goal_end(desk: Desk, key: str) -> HttpResponse:
    """A goal that holds no more; its versions stay."""
    held = _held(desk, key)
    text = desk.request.POST.get("seen_version", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    found = end(desk, kind=KIND.name, key=key, seen_version=seen, verb="goal.end")
    if found is None:
        messages.success(desk.request, desk.words.text("The goal is ended."))
        return redirect(desk.url("conversion"))
    body = _body(held)
    conflict = found if isinstance(found, Conflict) else None
    form = GoalForm(
        desk, body.counts.kind, _said(body) | {"seen_version": conflict.version if conflict else held.seen_version}
    )
    if isinstance(found, AlreadyScheduled) and form.is_valid():
        blame(desk, form, found, _PLACES)
    return _show(desk, form, held, status=409, conflict=conflict)


def _save(desk: Desk, form: GoalForm, key: str, held: Opened | None) -> HttpResponse:
    found = put(
        desk, kind=KIND.name, key=key, body=form.body(), seen_version=form.cleaned_data["seen_version"],
        verb="goal.save",
    )  # fmt: skip
    if isinstance(found, Refused | AlreadyScheduled):
        blame(desk, form, found, _PLACES)
        return _show(desk, form, held, status=400)
    if found is not None:
        # Saved once more, the newest version has been seen.
        again = GoalForm(desk, form.sort, {**desk.request.POST.dict(), "seen_version": str(found.version)})
        return _show(desk, again, held, status=409, conflict=found)
    messages.success(desk.request, desk.words.text("The goal is saved."))
    return redirect(desk.url("conversion" if form.sort == "doing" else "retention"))


def _show(
    desk: Desk, form: GoalForm, held: Opened | None, *, status: int = 200, conflict: Conflict | None = None
) -> HttpResponse:
    labels = {path: form.fields[name].label for path, name in _PLACES.items() if name in form.fields}
    return desk.render(
        "goal.html",
        status=status,
        form=form,
        held=held,
        conflict=conflict,
        field_names=labels,
        acts=[(kind, desk.words.text(name)) for kind, name in ACTS.items()],
    )


def _held(desk: Desk, key: str) -> Opened:
    """A goal that is in force, or was when somebody opened it to change it."""
    found = opened(desk, kind=KIND.name, key=key)
    if found is None or (desk.request.method != "POST" and found.held is None):
        raise Http404
    return found


def _body(found: Opened) -> Goal:
    said = found.held or found.newest
    return KIND.read(said.stored, said.schema)


def _said(body: Goal) -> dict[str, Any]:
    """What the fields of the form say of a goal."""
    counts = body.counts
    target = None if counts.target is None else f"{counts.target * 100:.4f}".rstrip("0").rstrip(".")
    told = {"title": body.title, "target": target}
    if isinstance(counts, Doing):
        return {**told, "behaviour": counts.behaviour, "product": counts.product}
    return {**told, "within": counts.within}
