"""Addresses of the desk. A brand's pages begin with the brand's key."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from perennial.web.api.urls import urlpatterns as api
from perennial.web.pages import account as own
from perennial.web.pages import entry, keys, log, parts, problems, staff, style, today

_OF_A_BRAND: list[URLPattern | URLResolver] = [
    path("today/", today.today, name="today"),
    path("chart/<str:name>/", parts.chart, name="chart"),
    path("style/", style.style, name="style"),
    path("staff/", staff.staff, name="staff"),
    path("staff/invite/", staff.invite, name="staff_invite"),
    path("staff/<int:user_id>/role/", staff.role, name="staff_role"),
    path("staff/<int:user_id>/link/", staff.link, name="staff_link"),
    path("staff/<int:user_id>/end/", staff.end, name="staff_end"),
    path("keys/", keys.keys, name="keys"),
    path("keys/make/", keys.make, name="keys_make"),
    path("keys/<int:key_id>/revoke/", keys.revoke, name="keys_revoke"),
    path("log/", log.log, name="log"),
]

# Of allauth's own addresses those that are of use where nobody signs up and nothing is mailed.
_ACCOUNT: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("sessions/", include("allauth.usersessions.urls")),
    path("sessions/<int:session_id>/end/", own.end_session, name="end_session"),
    path("2fa/", include("allauth.mfa.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entry.home, name="home"),
    path("sign-in/<str:token>/", entry.sign_in_by_link, name="sign_in_by_link"),
    path("preferences/", entry.preferences, name="preferences"),
    path("language/", entry.language, name="language"),
    path("account/", include(_ACCOUNT)),
    path("api/v1/", include(api)),
    path("b/<slug:brand>/", include(_OF_A_BRAND)),
]

handler500 = problems.server_error
