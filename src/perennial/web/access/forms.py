"""Forms of allauth's that behave differently here."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.forms import ChangePasswordForm
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django.http import HttpRequest

from perennial.web.models import User


def came_by_link(request: HttpRequest, user: User) -> bool:
    """Whether somebody came in by a sign-in link within the last minutes (as long as a confirmation holds)."""
    records = get_authentication_records(request, user)
    good_for = app_settings.REAUTHENTICATION_TIMEOUT
    return any(record["method"] == "link" and time.time() - record["at"] < good_for for record in records)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]  # allauth tells no types
    """Asks for the old password, but not of somebody who came by a link because they have lost it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if came_by_link(context.request, self.user):
            del self.fields["oldpassword"]
