"""Which recorded behaviour the words of a rule mean, and what is no visit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from perennial.segments.rules.conditions.counted import Counted

# A word -> the kind of behaviour; what is about one message or survey is recorded as ``mail_opened:spring``.
KINDS: Mapping[str, str] = MappingProxyType({
    "viewed": "product_viewed", "carted": "cart_added", "opened": "mail_opened", "clicked": "mail_clicked",
    "replied": "mail_replied", "answered": "survey_answered", "has_referred": "referral_made",
})  # fmt: skip
REFERRED = "referral_joined"  # recorded of whoever was brought by somebody; ``acquired_by`` may say it, too
BY_REFERRAL = "referral"
NO_VISIT = ("mail_", "survey_", "referral_")  # what begins so was not done in the shop


def kinds_of(counted: Counted) -> tuple[str, str]:
    """The kind of behaviour that counts, and the beginning of further ones ("": none)."""
    if counted.kind == "did":
        return str(counted.name), ""
    kind = KINDS[counted.kind]
    if counted.kind in ("viewed", "carted"):
        return kind, ""
    return (kind, f"{kind}:") if counted.name is None else (f"{kind}:{counted.name}", "")
