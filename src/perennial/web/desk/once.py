"""Forms whose answer shows something secret once: sent again, by refreshing that answer, they make no second one.

Such an answer cannot be a redirect, which would have to keep the secret somewhere to show it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from markupsafe import Markup

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_FIELD, _KEPT = "once", "sent_forms"
_MOST = 20  # of one session: the oldest go


def number() -> Markup:
    """A field for the form, another one each time it is shown."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(_FIELD, secrets.token_urlsafe(12))


def sent_before(desk: Desk) -> bool:
    """Whether this very form was sent already (told to whoever sent it); from now on it was."""
    told = desk.request.POST.get(_FIELD, "")[:32]
    known: list[str] = desk.request.session.get(_KEPT, [])
    if told and told in known:
        messages.info(desk.request, desk.words.text("That was made already; what it showed is shown once only."))
        return True
    if told:
        desk.request.session[_KEPT] = [*known, told][-_MOST:]
    return False
