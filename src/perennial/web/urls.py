"""Addresses of the desk. A brand's pages begin with the brand's key."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from perennial.web.api.urls import urlpatterns as api
from perennial.web.customers.urls import PATTERNS as CUSTOMERS
from perennial.web.pages import account as own
from perennial.web.pages import (
    audiences,
    backups,
    card,
    care,
    conversion,
    data,
    delivery,
    entry,
    goals,
    imports,
    keys,
    list_change,
    lists,
    log,
    parts,
    problems,
    products,
    rejects,
    retention,
    service,
    staff,
    stores,
    style,
    sums,
    today,
    value,
    work,
)
from perennial.web.segments.urls import PATTERNS as SEGMENTS

_OF_A_BRAND: list[URLPattern | URLResolver] = [
    path("today/", today.today, name="today"),
    path("customers/", include(CUSTOMERS)),
    path("lists/", lists.lists, name="lists"),
    path("lists/new/", lists.list_new, name="list_new"),
    path("lists/<slug:key>/", lists.one, name="list"),
    path("lists/<slug:key>/add/", list_change.add, name="list_add"),
    path("lists/<slug:key>/upload/", list_change.upload, name="list_upload"),
    path("lists/<slug:key>/remove/", list_change.remove, name="list_remove"),
    path("lists/<slug:key>/retire/", list_change.retire, name="list_retire"),
    path("lists/<slug:key>/waiting.csv", list_change.waiting, name="list_waiting"),
    path("segments/", include(SEGMENTS)),
    path("chart/<str:name>/", parts.chart, name="chart"),
    path("retention/", retention.retention, name="retention"),
    path("value/", value.value, name="value"),
    path("care/", care.care, name="care"),
    path("care/edit/", care.edit, name="care_edit"),
    path("products/", products.products, name="products"),
    path("delivery/", delivery.delivery, name="delivery"),
    path("conversion/", conversion.conversion, name="conversion"),
    path("service/", service.service, name="service"),
    path("goals/new/", goals.goal_new, name="goal_new"),
    path("goals/<slug:key>/", goals.goal, name="goal"),
    path("goals/<slug:key>/end/", goals.goal_end, name="goal_end"),
    path("audiences/", audiences.audiences, name="audiences"),
    path("audiences/new/", audiences.audience_new, name="audience_new"),
    path("audiences/<slug:key>/", audiences.audience, name="audience"),
    path("audiences/<slug:key>/do/", audiences.audience_do, name="audience_do"),
    path("audiences/<slug:key>/end/", audiences.audience_end, name="audience_end"),
    path("settings/sums/", sums.sums, name="sums"),
    path("style/", style.style, name="style"),
    path("data/", data.data, name="data"),
    path("data/check/", data.check, name="data_check"),
    path("data/rates/", data.rates, name="data_rates"),
    path("data/stores/", stores.stores, name="data_stores"),
    path("data/stores/<int:store_id>/", stores.store, name="data_store"),
    path("data/imports/", imports.imports, name="data_imports"),
    path("data/imports/upload/", imports.upload, name="data_upload"),
    path("data/imports/<int:file_id>/", imports.one, name="data_import"),
    path("data/imports/<int:file_id>/options/", imports.options, name="data_options"),
    path("data/imports/<int:file_id>/do/", imports.do, name="data_do"),
    path("data/imports/<int:file_id>/rejects/", rejects.rejects, name="data_rejects"),
    path("data/imports/<int:file_id>/rejects.csv", rejects.download, name="data_rejects_file"),
    path("data/backups/", backups.backups, name="backups"),
    path("data/backups/make/", backups.make, name="backups_make"),
    path("data/backups/<str:name>", backups.download, name="backups_file"),
    path("work/", work.work, name="work"),
    path("work/again/", work.again, name="work_again"),
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
    path("card/<str:token>/", card.card, name="card"),
    path("b/<slug:brand>/", include(_OF_A_BRAND)),
]

handler500 = problems.server_error
