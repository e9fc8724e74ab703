"""Keys: what machines show to use the API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from perennial.facts.models.brands import Store
from perennial.web.access.keys import make_key, revoke_key
from perennial.web.access.scopes import BY_KIND, SCOPES
from perennial.web.desk.once import sent_before
from perennial.web.desk.page import Desk, page
from perennial.web.models import ApiKey, User


class KeyForm(forms.Form):
    """What a new key is for."""

    name = forms.CharField(max_length=80)
    kind = forms.ChoiceField(widget=forms.RadioSelect)
    scopes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    store = forms.TypedChoiceField(coerce=int, required=False)

    def __init__(self, desk: Desk, data: Any = None) -> None:
        super().__init__(data, initial={"kind": "secret"})
        say = self._say = desk.words.text
        stores = Store.objects.filter(brand_id=desk.brand.id).order_by("name", "id")
        choices: dict[str, list[tuple[Any, str]]] = {
            "kind": [
                ("secret", say("Secret: for a server of yours, which keeps it to itself")),
                ("publishable", say("Publishable: for a shop's pages, where all can read it; records visits only")),
            ],
            "scopes": [(scope, say(means)) for scope, means in SCOPES.items() if scope in BY_KIND["secret"]],
            "store": [(0, say("All shops")), *((store.id, store.name or store.key) for store in stores)],
        }  # fmt: skip
        labels = {
            "name": say("Name"), "kind": say("Kind"), "scopes": say("What it may do"), "store": say("Which shop"),
        }  # fmt: skip
        for name, label in labels.items():
            self.fields[name].label = label
            if name in choices:
                self.fields[name].choices = choices[name]  # type: ignore[attr-defined]
        self.fields["name"].help_text = say("What uses it, such as “Warehouse” or “Shop theme”.")

    def clean(self) -> dict[str, Any]:
        """A publishable key has its one scope; a secret one those that were chosen."""
        told = dict(super().clean() or {})
        if told.get("kind") == "publishable":
            told["scopes"] = sorted(BY_KIND["publishable"])
        elif not told.get("scopes") and "scopes" not in self.errors:
            self.add_error("scopes", self._say("Choose at least one thing that the key may do."))
        return told


@page("staff")
def keys(desk: Desk) -> HttpResponse:
    """The brand's keys, and a form for another."""
    return _show(desk)


@require_POST
@page("staff")
def make(desk: Desk) -> HttpResponse:
    """A new key: its secret stands on the answer to this, and nowhere else."""
    form = KeyForm(desk, desk.request.POST)
    if not form.is_valid():
        return _show(desk, form=form, status=400)
    if sent_before(desk):
        return redirect(desk.url("keys"))
    told = form.cleaned_data
    key, secret = make_key(
        brand_id=desk.brand.id, kind=told["kind"], name=told["name"], scopes=told["scopes"],
        store_id=told["store"] or 0, now=desk.now, created_by=desk.user_id,
    )  # fmt: skip
    return _show(desk, made=key, secret=secret)


@require_POST
@page("staff")
def revoke(desk: Desk, key_id: int) -> HttpResponse:
    """A key that is good no more."""
    if not ApiKey.objects.filter(brand_id=desk.brand.id, id=key_id).exists():
        raise Http404
    if revoke_key(brand_id=desk.brand.id, key_id=key_id, now=desk.now, by=desk.user_id):
        messages.success(desk.request, desk.words.text("The key was revoked: whoever shows it is refused from now on."))
    else:
        messages.info(desk.request, desk.words.text("The key had been revoked before."))
    return redirect(desk.url("keys"))


def _show(
    desk: Desk, *, form: KeyForm | None = None, made: ApiKey | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    found = list(ApiKey.objects.filter(brand_id=desk.brand.id).order_by("-id"))
    makers = User.objects.in_bulk({key.created_by for key in found})
    stores = dict(Store.objects.filter(brand_id=desk.brand.id).values_list("id", "name"))
    rows = [
        {
            "key": key,
            "maker": (makers[key.created_by].name or makers[key.created_by].email) if key.created_by in makers else "",
            "store": stores.get(key.store_id, ""),
            "scopes": [desk.words.text(SCOPES[scope]) for scope in key.scopes if scope in SCOPES],
        }
        for key in found
    ]
    return desk.render(
        "keys.html",
        status=status,
        good=[row for row in rows if row["key"].revoked_at is None],  # type: ignore[attr-defined]
        revoked=[row for row in rows if row["key"].revoked_at is not None],  # type: ignore[attr-defined]
        form=form or KeyForm(desk),
        made=made,
        secret=secret,
    )
