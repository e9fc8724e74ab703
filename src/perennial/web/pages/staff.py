"""Staff: who works with the brand, in which role; letting people in, and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from perennial.display.wording import mark
from perennial.web.access import people
from perennial.web.access.roles import ROLES
from perennial.web.desk.once import sent_before
from perennial.web.desk.page import Desk, page
from perennial.web.models import Member, User

# Role: its name, and what it may do.
ROLE_WORDS: Mapping[str, tuple[str, str]] = {
    "owner": (mark("Owner"), mark("everything, also staff, keys and erasing people")),
    "marketer": (mark("Marketer"), mark("sees and exports everything, works with customers, sets goals")),
    "support": (mark("Support"), mark("sees everything, works with customers")),
    "analyst": (mark("Analyst"), mark("sees and exports everything, imports data")),
    "read_only": (mark("Read only"), mark("sees everything, changes nothing")),
}


class InviteForm(forms.Form):
    """Address, name and role of a new colleague."""

    email = forms.EmailField(max_length=254)
    name = forms.CharField(max_length=120, required=False)
    role = forms.ChoiceField()

    def __init__(self, desk: Desk, data: Any = None) -> None:
        super().__init__(data, initial={"role": "read_only"})
        say = desk.words.text
        labels = {"email": say("E-mail address"), "name": say("Name"), "role": say("Role")}
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role, f"{say(title)}: {say(may)}") for role, (title, may) in ROLE_WORDS.items()
        ]


@page("staff")
def staff(desk: Desk) -> HttpResponse:
    """Everybody who works with the brand, and who did."""
    return _show(desk)


@require_POST
@page("staff")
def invite(desk: Desk) -> HttpResponse:
    """A new colleague, and a link that lets them in."""
    form = InviteForm(desk, desk.request.POST)
    if not form.is_valid():
        return _show(desk, form=form, status=400)
    if sent_before(desk):
        return redirect(desk.url("staff"))
    email = form.cleaned_data["email"]
    if Member.objects.filter(brand_id=desk.brand.id, user__email=email.lower(), ended_at=None).exists():
        form.add_error("email", desk.words.text("They work with this brand already: change their role in the list."))
        return _show(desk, form=form, status=400)
    invited = people.invite(
        brand_id=desk.brand.id, email=email, name=form.cleaned_data["name"], role=form.cleaned_data["role"],
        now=desk.now, by=desk.user_id,
    )  # fmt: skip
    if invited.token:
        return _show(desk, link=_link(desk, invited.token), whose=invited.member.user)
    say = desk.words.text
    messages.warning(
        desk.request,
        say(
            "%(email)s has an account here already and signs in with it. If that surprises you, end the membership.",
            email=invited.member.user.email,
        ),
    )
    return redirect(desk.url("staff"))


@require_POST
@page("staff")
def role(desk: Desk, user_id: int) -> HttpResponse:
    """Another role, from their next page on."""
    member = _member(desk, user_id)
    wanted, seen = desk.request.POST.get("role", ""), desk.request.POST.get("seen", "")
    say = desk.words.text
    if wanted not in ROLES:
        messages.error(desk.request, say("There is no such role: choose one of the list."))
        return _show(desk, status=400)
    if seen != member.role:
        told = say(
            "Meanwhile somebody else made %(name)s: %(role)s. Nothing was changed; choose again.",
            name=_called(member.user), role=say(ROLE_WORDS[member.role][0]),
        )  # fmt: skip
        messages.error(desk.request, told)
        return _show(desk, status=409)
    try:
        people.give_role(
            brand_id=desk.brand.id, email=member.user.email, role=wanted, now=desk.now, by=desk.user_id
        )  # fmt: skip
    except people.LastOwner:
        return _only_owner(desk)
    messages.success(desk.request, say("%(name)s: the new role holds from now on.", name=_called(member.user)))
    return redirect(desk.url("staff") if desk.user_id != user_id else desk.url("today"))


@require_POST
@page("staff")
def link(desk: Desk, user_id: int) -> HttpResponse:
    """A new sign-in link for somebody who is locked out."""
    member = _member(desk, user_id)
    if sent_before(desk):
        return redirect(desk.url("staff"))
    try:
        token = people.link_for(brand_id=desk.brand.id, user_id=user_id, now=desk.now, by=desk.user_id)
    except people.WorksElsewhere:
        messages.error(
            desk.request,
            desk.words.text(
                "%(name)s also works with a brand that you do not own, and a link would open that as well. "
                "Whoever looks after this machine can make one: perennial sign-in-link %(email)s",
                name=_called(member.user), email=member.user.email,
            ),
        )  # fmt: skip
        return _show(desk, status=409)
    return _show(desk, link=_link(desk, token), whose=member.user)


@require_POST
@page("staff")
def end(desk: Desk, user_id: int) -> HttpResponse:
    """Somebody works with the brand no more."""
    member = _member(desk, user_id)
    try:
        people.end_role(brand_id=desk.brand.id, user_id=user_id, now=desk.now, by=desk.user_id)
    except people.LastOwner:
        return _only_owner(desk)
    messages.success(
        desk.request, desk.words.text("%(name)s works with this brand no more.", name=_called(member.user))
    )
    return redirect(desk.url("staff") if desk.user_id != user_id else "home")


def _show(desk: Desk, *, form: InviteForm | None = None, status: int = 200, **made: Any) -> HttpResponse:
    found = list(Member.objects.filter(brand_id=desk.brand.id).select_related("user").order_by("since", "id"))
    ids = [member.user_id for member in found]
    secured = set(
        Authenticator.objects.filter(user_id__in=ids)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user_id", flat=True)
    )
    return desk.render(
        "staff.html",
        status=status,
        members=[member for member in found if member.ended_at is None],
        earlier=[member for member in found if member.ended_at is not None],
        secured=secured,
        role_words={key: desk.words.text(title) for key, (title, _) in ROLE_WORDS.items()},
        form=form or InviteForm(desk),
        **{"link": "", "whose": None, **made},
    )


def _member(desk: Desk, user_id: int) -> Member:
    found = Member.objects.select_related("user").filter(brand_id=desk.brand.id, user_id=user_id, ended_at=None).first()
    if found is None:
        raise Http404
    return found


def _only_owner(desk: Desk) -> HttpResponse:
    messages.error(
        desk.request,
        desk.words.text(
            "This is the only owner. A brand without one could never get one again: make somebody else an owner first."
        ),
    )
    return _show(desk, status=409)


def _link(desk: Desk, token: str) -> str:
    return desk.request.build_absolute_uri(reverse("sign_in_by_link", args=[token]))


def _called(user: User) -> str:
    return user.name or user.email
