"""What audiences say, in words."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark
from perennial.web.desk.page import Desk

SERVICES: Mapping[str, str] = {"mailchimp": mark("Mailchimp"), "campaign_monitor": mark("Campaign Monitor")}
# What a field of the list may tell, and the name it gets at first: merge tag, custom field.
SAYS: Mapping[str, tuple[str, str, str]] = {
    "first_name": (mark("First name"), "FNAME", ""),
    "last_name": (mark("Last name"), "LNAME", ""),
    "name": (mark("First and last name"), "", "Name"),
    "language": (mark("Language"), "LANGUAGE", "Language"),
    "country": (mark("Country"), "COUNTRY", "Country"),
    "orders": (mark("Number of orders"), "ORDERS", "Orders"),
    "revenue": (mark("Revenue"), "REVENUE", "Revenue"),
    "last_order_day": (mark("Day of the last order"), "LASTORDER", "LastOrder"),
    "rhythm": (mark("Rhythm"), "RHYTHM", "Rhythm"),
    "lifecycle": (mark("Stage"), "STAGE", "Stage"),
}
# What stands in the way of all, by the code of `channels.audiences.rules.outcome`, and what helps.
_PROBLEMS: Mapping[str, str] = {
    "no_key": mark("There is no API key yet: give it in the form."),
    "no_server": mark("The API key does not name its server: write the server, such as us6, into the form."),
    "key_refused": mark("The service refuses the API key: give a new one in the form."),
    "not_allowed": mark("The API key may not do this: give one with more rights in the form."),
    "no_list": mark("There is no such list at the service: correct its id in the form."),
    "field_refused": mark("The service does not take a field: rename it in the form, or make it at the service."),
    "elsewhere": mark("The service sends us to another address, and its key does not follow: check the server."),
    "refused": mark("The service refuses what is sent."),
    "later": mark("The service did not answer, or asked to wait. It is tried again by itself."),
}


def problem(desk: Desk, error: str) -> tuple[str, str]:
    """(what is wrong and what helps, the service's own words) of `AudienceState.error`; ("", "") for none."""
    code, _, told = error.partition(": ")
    if not error:
        return "", ""
    return desk.words.text(_PROBLEMS.get(code, _PROBLEMS["refused"])), told


def tested(desk: Desk, told: str) -> tuple[bool, str, str]:
    """(whether it answered, a sentence, the service's own words) of `AudienceState.test`."""
    if told.startswith("ok: "):
        return True, desk.words.text("The service answers. The list is “%(name)s”.", name=told.removeprefix("ok: ")), ""
    return False, *problem(desk, told)
