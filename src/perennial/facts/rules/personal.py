"""Which columns hold something of a person, and what erasing that person does to them.

Every text or JSON column of every table stands either here or in `IMPERSONAL`; a test fails on one that
stands in neither, so that nobody adds a place where a name could hide. Numbers are not personal: ids are
opaque, and amounts and days stay for the accounts.

Rules: ``delete`` the row; ``blank`` the column; ``keep_hash``: what stays is a keyed hash that must outlive
erasure, so that the address stays suppressed and the person is not made anew from the next file.
"""

from __future__ import annotations

from typing import Literal

Erasure = Literal["delete", "blank", "keep_hash"]

PERSONAL: dict[str, dict[str, Erasure]] = {
    "customer": {
        "email": "blank",
        "phone": "blank",
        "first_name": "blank",
        "last_name": "blank",
        "address": "blank",
        "locale": "blank",
        "country": "blank",
    },
    "identity": {"value": "delete"},
    "consent": {"source": "blank", "proof": "blank"},
    "suppression": {"hash": "keep_hash"},
    "attribute": {"value": "delete"},
    "beneficiary": {"name": "delete", "relation": "delete", "dates": "delete"},
    "ref": {"name": "keep_hash"},  # of kinds account, email, phone
    "erasure": {"names": "keep_hash", "addresses": "keep_hash"},
    "merge": {"why": "blank"},  # staff's own words, in which a name may stand
    "sighting": {"visitor_id": "delete"},  # which browser is whose
    "order": {"tenders": "blank", "touch": "blank", "billing": "blank", "delivery": "blank"},
    "line": {"title": "blank", "subscription": "blank"},  # an engraving, a contract's number
    "refund": {"reason": "blank"},
    "fulfilment": {"tracking": "blank"},
    "cart": {"lines": "blank"},
    "audience_member": {"address": "delete", "key": "delete"},  # once the service has let go of them, by channels
    "rating": {"title": "blank", "body": "blank"},
    "behaviour": {"props": "blank"},
    "note": {"body": "delete"},
    "listed": {"value": "delete"},
    "word": {"word": "delete"},
}

IMPERSONAL: dict[str, frozenset[str]] = {
    "alias": frozenset(),
    "allotment": frozenset({"key", "body", "found", "error"}),
    "audience_member": frozenset({"audience", "goal", "wanted", "sent", "there", "state", "error"}),
    "audience_state": frozenset({"audience", "error", "place", "tag", "checked", "test"}),
    "api_call": frozenset({"idempotency_key", "fingerprint", "body"}),  # answers of calls hold ids and counts
    "answer": frozenset({"name", "params", "params_key", "body", "error"}),
    "api_key": frozenset({"kind", "name", "prefix", "hash", "scopes"}),
    "attribute": frozenset({"name", "type"}),
    "audit": frozenset({"verb", "subject", "fields"}),
    "behaviour": frozenset({"kind"}),
    "brand": frozenset({"key", "name", "currency", "zone", "locale"}),
    "cart": frozenset({"currency", "step"}),
    "consent": frozenset({"channel", "purpose", "text_version"}),
    "counter": frozenset({"name"}),
    "customer": frozenset({"acquired_by"}),
    "customer_figures": frozenset({"model", "rfm_group", "rhythm", "stage"}),
    "cut_point": frozenset({"key"}),
    "decision": frozenset({"kind", "documents", "inputs", "outcome", "reasons"}),
    "dirty": frozenset({"table"}),
    "document": frozenset({"kind", "key", "body", "state", "author", "fingerprint"}),
    "erasure": frozenset({"customers", "counts"}),
    "event": frozenset({"kind"}),
    "exchange_rate": frozenset({"currency"}),
    "fulfilment": frozenset({"carrier", "lines"}),
    "identity": frozenset({"kind", "source"}),
    "job": frozenset({"kind", "key", "state", "cursor", "counts", "error", "claimed_by"}),
    "label": frozenset({"name", "put_by"}),
    "line": frozenset({"name", "kind", "sku", "discounts"}),
    "listed": frozenset({"kind"}),
    "member": frozenset({"role"}),
    "membership": frozenset({"segment", "entered_why", "left_why"}),
    "merge": frozenset({"author"}),
    "order": frozenset({"matched_by", "name", "number", "channel", "status", "payment", "currency", "source", "codes"}),
    # Names and addresses are in the files themselves, which expire, and never in their rows.
    "order_file": frozenset({"name", "digest", "state", "options", "progress", "counts", "problem"}),
    "pending": frozenset({"reader", "error"}),
    "preview": frozenset({"key", "rule", "found", "error"}),
    "product": frozenset({"title", "maker", "category", "currency", "url", "image"}),
    "ref": frozenset({"kind"}),
    "refund": frozenset({"kind"}),
    "refund_line": frozenset({"line"}),
    "saved_view": frozenset({"page", "name", "query"}),  # what staff look for, by figures
    "schedule": frozenset({"task", "claimed_by", "last_error"}),
    "score": frozenset({"name", "model"}),
    "segment_day": frozenset({"segment"}),
    "segment_state": frozenset({"segment", "filled_under", "error"}),
    "sign_in_link": frozenset({"hash"}),
    "spend": frozenset({"channel", "campaign", "currency"}),
    "static_list": frozenset({"key", "title", "counts"}),
    "store": frozenset({"key", "name", "currency", "zone", "locale"}),
    "suppression": frozenset({"channel", "why"}),
    "ticket": frozenset({"channel", "topic"}),  # a topic is a word of the shop's own list
    "touched": frozenset({"reader"}),
    "user": frozenset({"email", "name", "password", "language"}),  # staff, who leave by other ways than customers do
    "variant": frozenset({"name", "sku", "title"}),
}
