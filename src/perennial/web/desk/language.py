"""The reader's language: chosen, else the person's, else the browser's."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from perennial.display.wording import LANGUAGES, SOURCE

COOKIE = "language"


class Language:
    """Activates it for the request, for our sentences and for those of Django's forms."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on in its language."""
        with translation.override(chosen(request)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or SOURCE)
        return response


def chosen(request: HttpRequest) -> str:
    """One of the four."""
    wanted = request.COOKIES.get(COOKIE, "")
    if not wanted and getattr(request, "user", None) is not None and request.user.is_authenticated:
        wanted = request.user.language
    if wanted in LANGUAGES:
        return wanted
    for tag, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if (tongue := tag.split("-")[0]) in LANGUAGES:
            return tongue
    return SOURCE
