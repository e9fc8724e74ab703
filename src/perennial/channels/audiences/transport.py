"""Which mailing service an audience is at, and with which key."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from perennial.channels.audiences.actions.keys import key_of
from perennial.channels.audiences.campaign_monitor.client import CampaignMonitorList
from perennial.channels.audiences.mailchimp.client import MailchimpList
from perennial.channels.audiences.rules.audience import Audience
from perennial.channels.audiences.rules.outcome import Denied, Service

_SERVICES: dict[str, Callable[[Audience, str, str], Service]] = {
    "mailchimp": MailchimpList,
    "campaign_monitor": CampaignMonitorList,
}


def service(brand_id: int, body: Audience) -> Service:
    """The list of an audience, to be closed by the caller. Raises Denied where there is no key."""
    kind = body.where.kind
    key = key_of(brand_id, kind)
    if not key:
        raise Denied("no_key")
    base = {"mailchimp": settings.PERENNIAL_MAILCHIMP_URL, "campaign_monitor": settings.PERENNIAL_CAMPAIGN_MONITOR_URL}
    return _SERVICES[kind](body, key, base[kind].rstrip("/"))
