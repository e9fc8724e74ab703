"""What a machine's key may do. Endpoints name one of these scopes; nothing else is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from perennial.display.wording import mark

Kind = Literal["secret", "publishable"]
Scope = Literal[
    "facts:read",
    "facts:write",
    "customers:read",
    "customers:write",
    "figures:read",
    "erase",
    "behaviour:write",
    "documents:read",
    "documents:write",
    "segments:read",
]

# In the order of the page; what each lets a machine do, in a merchant's words.
SCOPES: Mapping[Scope, str] = {
    "facts:read": mark("Read orders, refunds, deliveries, tickets and visits"),
    "facts:write": mark("Record orders, refunds, deliveries, tickets and visits"),
    "customers:read": mark("Read customers by name and address"),
    "customers:write": mark("Change customers, their notes and consents"),
    "figures:read": mark("Read figures and answers, without names"),
    "documents:read": mark("Read settings, goals and segments"),
    "documents:write": mark("Change settings, goals and segments"),
    "segments:read": mark("Read segments, who is in them, and count rules"),
    "erase": mark("Erase a person for good"),
    "behaviour:write": mark("Record visits and searches of a shop's pages"),
}
# A publishable key stands in a page's source, where everybody reads it: it can tell us things, and ask nothing.
BY_KIND: Mapping[Kind, frozenset[Scope]] = {
    "secret": frozenset(SCOPES),
    "publishable": frozenset({"behaviour:write"}),
}
