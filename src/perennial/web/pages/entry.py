"""Where somebody comes in: the brand's first page, a sign-in link, the look and language of the pages."""

from __future__ import annotations

from datetime import UTC, datetime

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from perennial.display.wording import LANGUAGES
from perennial.web.access.people import redeem
from perennial.web.desk.language import COOKIE
from perennial.web.desk.rendering import current
from perennial.web.models import User

_YEAR = 365 * 86_400
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NAMES = {"en": "English", "es": "Español", "it": "Italiano", "fr": "Français"}


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To Today of the first brand that the person works with."""
    for key in request.brands():  # type: ignore[attr-defined]
        return redirect("today", key)
    return render(request, "no_brand.html", status=403, using="jinja2")


@require_http_methods(["GET", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A link opens a page with a button: what fetches links ahead of people must not use it up."""
    if request.method != "POST":
        return render(request, "link.html", using="jinja2")
    user = redeem(token, now=datetime.now(UTC))
    if user is None:
        return render(request, "link.html", {"spent": True}, status=410, using="jinja2")
    login(request, user, backend=_BACKEND)
    # Whoever lost everything must be able to mend it: for some minutes nothing is asked that only the lost can answer.
    record_authentication(request, user, method="link", reauthenticated=True)
    user_logged_in.send(sender=User, request=request, user=user)
    if not user.has_usable_password():
        return redirect("account_set_password")
    messages.info(
        request, current().text("If you have lost your password or authenticator, mend it now under Preferences.")
    )
    return redirect("home")


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Language, look, density; the ways in: password, authenticator, passkeys, sessions."""
    if request.method == "POST":
        answer = redirect("preferences")
        _set(answer, request, COOKIE, LANGUAGES)
        _set(answer, request, "theme", ("", "light", "dark"))
        _set(answer, request, "density", ("", "compact"))
        if request.POST.get(COOKIE) in LANGUAGES:
            User.objects.filter(id=request.user.pk or 0).update(language=request.POST[COOKIE])
        return answer
    return render(request, "preferences.html", {"languages": NAMES}, using="jinja2")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Another language before signing in."""
    there = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    answer = redirect(there if safe else "home")
    _set(answer, request, COOKIE, LANGUAGES)
    return answer


def _set(answer: HttpResponse, request: HttpRequest, name: str, allowed: tuple[str, ...]) -> None:
    wanted = request.POST.get(name)
    if wanted in allowed:
        answer.set_cookie(
            name, wanted, max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )  # fmt: skip
