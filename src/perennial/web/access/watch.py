"""Ways in, watched: sign-ins, refused ones, passwords and second factors go into the log of changes.

A line names the person by id, never the address that was typed; it stands in the log of every brand they work with.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from perennial.web.access.audit import note
from perennial.web.models import Member, User


def watch() -> None:
    """Listen to what allauth says happened. Call it once, at start."""
    from allauth.account import signals as account
    from allauth.mfa import signals as mfa

    listened = (
        (account.user_logged_in, _signed_in),
        (account.password_set, _password),
        (account.password_changed, _password),
        (mfa.authenticator_added, _factor_added),
        (mfa.authenticator_removed, _factor_removed),
        (mfa.authenticator_reset, _codes_renewed),
        (mfa.authentication_failed, _code_refused),
    )
    for signal, act in listened:
        signal.connect(act, dispatch_uid=act.__name__)


def note_of_person(user: User, verb: str, fields: Iterable[str] = (), *, now: datetime) -> None:
    """Add a line to the log of every brand that ``user`` works with; of none (0) where there is no brand."""
    fields = tuple(fields)
    brands = Member.objects.filter(user=user, ended_at=None).values_list("brand_id", flat=True)
    with transaction.atomic():
        for brand_id in brands or [0]:
            note(
                brand_id=brand_id, now=now, verb=verb, subject="member", subject_id=user.id, fields=fields,
                user_id=user.id,
            )  # fmt: skip


def refused(email: str, *, now: datetime) -> None:
    """A wrong password. An address that nobody here has leaves no line: the log must not fill with guesses."""
    user = User.objects.filter(email=email.lower()).first()
    if user is not None:
        note_of_person(user, "sign_in.refused", ["password"], now=now)


def ways(request: HttpRequest, user: User) -> list[str]:
    """By what somebody came in just now: link, password, totp, webauthn, recovery_codes."""
    from allauth.account.internal.flows.login import get_authentication_records

    records = get_authentication_records(request, user)
    return [str(record.get("type") or record["method"]) for record in records]


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    note_of_person(user, "sign_in", ways(request, user), now=datetime.now(UTC))


def _password(user: User, **_: Any) -> None:
    note_of_person(user, "password.change", ["password"], now=datetime.now(UTC))


def _factor_added(user: User, authenticator: Any, **_: Any) -> None:
    note_of_person(user, "factor.add", [str(authenticator.type)], now=datetime.now(UTC))


def _factor_removed(user: User, authenticator: Any, **_: Any) -> None:
    note_of_person(user, "factor.remove", [str(authenticator.type)], now=datetime.now(UTC))


def _codes_renewed(user: User, authenticator: Any, **_: Any) -> None:
    note_of_person(user, "factor.renew", [str(authenticator.type)], now=datetime.now(UTC))


def _code_refused(user: User, authenticator: Any, **_: Any) -> None:
    note_of_person(user, "sign_in.refused", [str(authenticator.type)], now=datetime.now(UTC))
