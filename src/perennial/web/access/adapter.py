"""How sign-in behaves here: nobody signs up by themselves, nothing is mailed."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth tells no types
    """Staff are made by an owner; a forgotten password is mended by a new sign-in link from one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody but by invitation."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Send nothing: there is no mail before the channels, and the log of changes tells owners instead."""
