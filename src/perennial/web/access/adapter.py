"""How sign-in behaves here: nobody signs up by themselves, nothing is mailed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from perennial.web.access.watch import refused


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth tells no types
    """Staff are made by an owner; a forgotten password is mended by a new sign-in link from one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody but by invitation."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Send nothing: there is no mail before the channels, and the log of changes tells owners instead."""

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *more: Any, **named: Any
    ) -> None:
        """Say what was done; that somebody signed in they see by themselves."""
        if message_template != "account/messages/logged_in.txt":
            super().add_message(request, level, message_template, *more, **named)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        """A wrong password, at signing in or at confirming who one is."""
        refused(str(credentials.get("email", "")), now=datetime.now(UTC))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        # allauth counts by the name the desk is reached under as well: each further name would be five more guesses.
        return str(credentials.get("email", "")).lower()
