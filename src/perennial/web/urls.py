"""Addresses of the desk. A brand's pages begin with the brand's key."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from perennial.web.pages import entry, parts, style, today

_OF_A_BRAND: list[URLPattern | URLResolver] = [
    path("today/", today.today, name="today"),
    path("chart/<str:name>/", parts.chart, name="chart"),
    path("style/", style.style, name="style"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entry.home, name="home"),
    path("sign-in/<str:token>/", entry.sign_in_by_link, name="sign_in_by_link"),
    path("preferences/", entry.preferences, name="preferences"),
    path("language/", entry.language, name="language"),
    path("account/", include("allauth.account.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("b/<slug:brand>/", include(_OF_A_BRAND)),
]
