"""Forms of allauth's that behave differently here."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.forms import ChangePasswordForm, SetPasswordForm
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.http import HttpRequest

from perennial.web.access.browsers import browser_of
from perennial.web.desk.rendering import current
from perennial.web.models import User


def came_by_link(request: HttpRequest, user: User) -> bool:
    """Whether somebody came in by a sign-in link within the last minutes (as long as a confirmation holds)."""
    records = get_authentication_records(request, user)
    good_for = app_settings.REAUTHENTICATION_TIMEOUT
    return any(record["method"] == "link" and time.time() - record["at"] < good_for for record in records)


def told_before(form: Any) -> None:
    """Say in one sentence what Django would say in a list: what a password must be."""
    form.fields["password1"].help_text = current().text(
        "At least 12 characters; nothing that many others use, nothing like your name or address, not digits alone."
    )


class SetPassword(SetPasswordForm):  # type: ignore[misc]  # allauth tells no types
    """The first password of somebody who came by a link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told_before(self)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]  # allauth tells no types
    """Asks for the old password, but not of somebody who came by a link because they have lost it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told_before(self)
        if came_by_link(context.request, self.user):
            del self.fields["oldpassword"]


class AddKey(AddWebAuthnForm):  # type: ignore[misc]  # allauth tells no types
    """A passkey unless told otherwise, called after the browser that makes it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say = current().text
        self.initial |= {"name": browser_of(context.request.headers.get("User-Agent", "")), "passwordless": True}
        self.fields["name"].label = say("Name")
        alone = self.fields["passwordless"]
        alone.label = say("Sign in with it alone, without a password")
        alone.help_text = say("It then asks for your finger, your face or its PIN.")
