"""Sums: what counts as revenue, what winning and keeping cost, the line to compare conversion with."""

from __future__ import annotations

import copy
import re
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from perennial.documents.actions import AlreadyScheduled
from perennial.documents.rules.body import Refused
from perennial.facts.actions.loop_schedules import hasten
from perennial.facts.rules.reporting import KIND, Reporting
from perennial.figures.actions.compute_answers import want_again
from perennial.values.money import Money, exponent
from perennial.web.desk.documents import Conflict, Opened, blame, opened, put
from perennial.web.desk.goals import reporting
from perennial.web.desk.page import Desk, page

KEY = "default"
_PLACES = {
    "sums.tax": "tax",
    "sums.shipping": "shipping",
    "costs.winning": "winning",
    "costs.keeping": "keeping",
    "conversion.benchmark": "good",
    "conversion.benchmark.good": "good",
    "conversion.benchmark.usual": "usual",
    "conversion.benchmark.source": "source",
}


class SumsForm(forms.Form):
    """The settings, amounts in the brand's currency and shares in percent."""

    tax = forms.BooleanField(required=False)
    shipping = forms.BooleanField(required=False)
    winning = forms.CharField(max_length=16, required=False)
    keeping = forms.CharField(max_length=16, required=False)
    good = forms.CharField(max_length=8, required=False)
    usual = forms.CharField(max_length=8, required=False)
    source = forms.CharField(max_length=255, required=False)
    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, desk: Desk, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        say = self._say = desk.words.text
        self._currency = desk.brand.currency
        labels = {
            "tax": (say("With tax"), ""),
            "shipping": (say("With shipping"), ""),
            "winning": (
                say("Winning a customer costs, %(currency)s", currency=self._currency),
                say("For each new customer, where no acquisition spend is recorded. Empty: not known."),
            ),
            "keeping": (
                say("Keeping one costs a year, %(currency)s", currency=self._currency),
                say("For each active customer: service, gifts, messages. Empty: not known."),
            ),
            "good": (say("Good from, in percent"), say("All three empty: no line.")),
            "usual": (say("Usual from, in percent"), ""),
            "source": (say("Whose claim that is"), say("It is shown with the line.")),
        }
        for name, field in self.fields.items():
            field.label, field.help_text = labels.get(name, ("", ""))

    def clean(self) -> dict[str, Any]:
        """Amounts and shares as the document takes them."""
        told = dict(super().clean() or {})
        for name in ("winning", "keeping"):
            told[name] = self._amount(name, str(told.get(name, "")).strip())
        for name in ("good", "usual"):
            told[name] = self._share(name, str(told.get(name, "")).strip())
        line = [told["good"], told["usual"], told.get("source", "").strip() or None]
        if any(part is not None for part in line) and None in line and not self.errors:
            self.add_error("source", self._say("A line needs all three: both shares, and whose claim it is."))
        return told

    def _amount(self, name: str, text: str) -> str | None:
        if not text:
            return None
        digits = exponent(self._currency)
        shape = r"\d{1,9}" + (rf"([.,]\d{{1,{digits}}})?" if digits else "")
        if not re.fullmatch(shape, text):
            self.add_error(name, self._say("Write an amount such as 12.50, without the currency."))
            return None
        return str(Money.of(text.replace(",", "."), self._currency))

    def _share(self, name: str, text: str) -> float | None:
        if not text:
            return None
        plain = text.removesuffix("%").strip().replace(",", ".")
        if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", plain) or float(plain) > 100:
            self.add_error(name, self._say("Write a number from 0 to 100, such as 10 or 2.5."))
            return None
        return round(float(plain) / 100, 6)

    def onto(self, body: dict[str, Any]) -> dict[str, Any]:
        """The document with what the form says put in its place; all else as it was."""
        told, found = self.cleaned_data, copy.deepcopy(body)
        found["sums"] = {"tax": told["tax"], "shipping": told["shipping"]}
        found["costs"] = {"winning": told["winning"], "keeping": told["keeping"]}
        before = found["conversion"]["benchmark"] or {}
        line = {"good": told["good"], "usual": told["usual"], "source": told["source"].strip()}
        found["conversion"]["benchmark"] = None if told["good"] is None else {**before, **line}
        return found


@require_http_methods(["GET", "POST"])
@page("programme")
def sums(desk: Desk) -> HttpResponse:
    """See and change them."""
    found = opened(desk, kind=KIND.name, key=KEY)
    body = reporting(desk.brand.id, desk.now)
    if desk.request.method != "POST":
        initial = _said(body) | {"seen_version": found.seen_version if found else 0}
        return _show(desk, SumsForm(desk, initial=initial), found)
    form = SumsForm(desk, desk.request.POST)
    if not form.is_valid():
        return _show(desk, form, found, status=400)
    return _save(desk, form, body, found)


def _save(desk: Desk, form: SumsForm, body: Reporting, opened: Opened | None) -> HttpResponse:
    wanted = form.onto(body.content())
    with transaction.atomic():
        found = put(
            desk, kind=KIND.name, key=KEY, body=wanted, seen_version=form.cleaned_data["seen_version"],
            verb="sums.save",
        )  # fmt: skip
        if found is None and wanted["sums"] != body.content()["sums"]:
            # Everything that was computed counted something else.
            want_again(brand_id=desk.brand.id, now=desk.now)
            hasten(brand_id=desk.brand.id, task="nightly", now=desk.now, running=True)
    if isinstance(found, Refused | AlreadyScheduled):
        blame(desk, form, found, _PLACES)
        return _show(desk, form, opened, status=400)
    if found is not None:
        again = SumsForm(desk, {**desk.request.POST.dict(), "seen_version": str(found.version)})
        return _show(desk, again, opened, status=409, conflict=found)
    messages.success(desk.request, desk.words.text("Saved. Figures that count otherwise now are being computed anew."))
    return redirect(desk.url("sums"))


def _show(
    desk: Desk, form: SumsForm, opened: Opened | None, *, status: int = 200, conflict: Conflict | None = None
) -> HttpResponse:
    labels = {path: form.fields[name].label for path, name in _PLACES.items()}
    return desk.render("sums.html", status=status, form=form, held=opened, conflict=conflict, field_names=labels)


def _said(body: Reporting) -> dict[str, Any]:
    """What the fields say of the settings in force."""
    line = body.conversion.benchmark
    return {
        "tax": body.sums.tax,
        "shipping": body.sums.shipping,
        "winning": _plain(body.costs.winning),
        "keeping": _plain(body.costs.keeping),
        "good": _percent(line.good) if line else "",
        "usual": _percent(line.usual) if line else "",
        "source": line.source if line else "",
    }


def _plain(cost: Money | None) -> str:
    return "" if cost is None else str(cost).split(" ")[0]


def _percent(share: float) -> str:
    return f"{share * 100:.4f}".rstrip("0").rstrip(".")
