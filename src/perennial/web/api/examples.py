"""An example of every call, for the docs: bodies that can be sent as they are, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_CUSTOMER = "cus_0c2f7x9k1m3a0"
_ORDER = "ord_0c2f7xa0r8e40"
_STORE = "sto_0c2f7x90000g0"


@dataclass(frozen=True)
class Example:
    """``path``: its parts by name; ``query`` with its question mark; ``headers`` beside the usual ones."""

    answer: Any
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    headers: tuple[str, ...] = ()
    body: Any = None


def _eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


_SHOP = {
    "id": _STORE, "key": "main", "name": "Casa Verde", "currency": "EUR", "zone": "Europe/Madrid", "locale": "es-ES",
}  # fmt: skip
_FIGURES = {
    "as_of": "2026-03-01T03:00:00Z", "orders": 6, "revenue": _eur(31_240), "profit": _eur(12_310),
    "average_order": _eur(5_207), "first_order": "2025-02-11", "last_order": "2026-02-20", "stage": "loyal",
    "recency": 5, "frequency": 4, "monetary": 4, "rfm_group": "champions", "rhythm": "on_time", "usual_gap": 61.5,
    "expected": "2026-04-22", "due": "2026-05-30", "yearly_value": _eur(30_900),
}  # fmt: skip
_PERSON = {
    "id": _CUSTOMER, "person": _CUSTOMER, "store": _STORE, "account": True, "email": "ana@example.com", "phone": "",
    "first_name": "Ana", "last_name": "García", "locale": "es-ES", "country": "ES", "acquired_by": "newsletter",
    "created_at": "2025-02-11T10:12:00Z", "figures": _FIGURES,
}  # fmt: skip
_BOUGHT = {
    "id": _ORDER, "store": _STORE, "customer": _CUSTOMER, "name": "1001", "number": "#1001", "channel": "online",
    "source": "", "ordered_at": "2026-02-20T18:04:00Z", "status": "closed", "payment": "paid",
    "paid_at": "2026-02-20T18:04:30Z", "cancelled_at": None, "promised_at": "2026-02-23T18:00:00Z",
    "taxes_included": True, "total": _eur(5_390), "shipping": _eur(400), "tax": _eur(935), "discount": _eur(0),
    "codes": [], "refunds": [], "parcels": [], "billing": None, "delivery": None,
    "lines": [
        {
            "name": "1", "kind": "product", "product": "prd_0c2f7x9h00020", "sku": "TEA-1", "title": "Green tea",
            "quantity": 1000, "unit_price": _eur(4_990), "total": _eur(4_990), "tax": _eur(866), "discount": _eur(0),
        }
    ],
}  # fmt: skip
_CONSENT = {"channel": "email", "purpose": "marketing", "given": True, "at": "2026-02-20T18:04:00Z"}
_RULE: dict[str, Any] = {
    "kind": "spent", "name": None, "of": [], "window": "6 months", "holds": {"op": ">=", "value": "250", "to": None},
}  # fmt: skip
_SEGMENT = {
    "key": "spenders", "title": "Spenders", "purpose": "Whom to thank", "version": 2, "state": "live", "rule": _RULE,
    "text": "spent(6 months) >= 250", "members": 412, "as_of": "2026-03-01T09:00:00Z", "error": "",
}  # fmt: skip
_PREVIEW = "2a7c0f1be3d94c58a6b0d1e2f3a4b5c6"
_COSTS = {"costs": {"winning": "25.00 EUR"}}

_FAIR = {
    "key": "spring-fair", "title": "Spring fair", "created_at": "2026-03-01T09:00:00Z", "matched": 1, "waiting": 1,
}  # fmt: skip
EXAMPLES: Mapping[str, Example] = {
    "me": Example(
        {
            "brand": "brd_0c2f7x8zz00g0", "brand_name": "Casa Verde", "currency": "EUR", "zone": "Europe/Madrid",
            "store": None, "key": "psk_qwertyui", "kind": "secret", "scopes": ["facts:write", "customers:read"],
        }
    ),
    "list_stores": Example({"items": [_SHOP]}),
    "list_customers": Example({"items": [_PERSON], "next": None}, query="?stage=loyal&limit=10"),
    "read_customer": Example(
        {
            **_PERSON,
            "consents": [{**_CONSENT, "text_version": "2025-1"}],
            "identities": [
                {
                    "kind": "email", "value": "ana@example.com", "source": "api", "verified_at": None,
                    "since": "2025-02-11T10:12:00Z", "until": None,
                }
            ],
            "attributes": {"birthday": "1990-05-17"},
            "scores": [
                {
                    "name": "care", "value": 1847.0, "unit": "money", "low": None, "high": None,
                    "as_of": "2026-03-01T03:00:00Z",
                },
                {
                    "name": "usual_gap", "value": 61.5, "unit": "days", "low": 22.0, "high": 172.0,
                    "as_of": "2026-03-01T03:00:00Z",
                },
            ],
        },
        path={"customer_id": _CUSTOMER},
    ),
    "link_to_card": Example(
        {"path": "/card/WzEyLCJjdXNfMGMyZjd4OWsxbTNhMCJd:1vAbCd:x0/", "until": "2026-03-08T09:00:00Z"},
        path={"customer_id": _CUSTOMER},
        query="?days=7",
    ),
    "record_consent": Example(
        {"customer": _CUSTOMER, **_CONSENT, "new": True},
        path={"customer_id": _CUSTOMER},
        body={"channel": "email", "given": True, "at": "2026-02-20T18:04:00Z", "source": "checkout"},
    ),
    "erase_customer": Example(
        {"customer": _CUSTOMER, "erasure": "era_0c2f8b1p00000", "orders_blank": True}, path={"customer_id": _CUSTOMER}
    ),
    "read_order": Example(_BOUGHT, path={"order_id": _ORDER}),
    "list_orders": Example({"items": [_BOUGHT], "next": None}, path={"customer_id": _CUSTOMER}, query="?limit=10"),
    "read_timeline": Example(
        {
            "items": [
                {
                    "id": "evt_0c2f7xa0r8e60", "kind": "order.paid", "store": _STORE, "subject": _ORDER,
                    "occurred_at": "2026-02-20T18:04:30Z", "recorded_at": "2026-02-20T18:04:31Z",
                }
            ],
            "next": None,
        },
        path={"customer_id": _CUSTOMER},
    ),
    "record_facts": Example(
        {"records": 1, "counts": {"customer.met": 1, "order.new": 1, "product.met": 1}},
        body={
            "batch": {
                "orders": [
                    {
                        "name": "1001", "number": "#1001", "who": {"account": "17", "email": "ana@example.com"},
                        "ordered_at": "2026-02-20T18:04:00Z", "paid_at": "2026-02-20T18:04:30Z",
                        "updated_at": "2026-02-20T18:04:30Z", "currency": "EUR", "total": 5390, "shipping": 400,
                        "lines": [{"name": "1", "product": "tea", "title": "Green tea", "total": 4990, "tax": 866}],
                    }
                ]
            }
        },
    ),
    "record_behaviour": Example(
        {"records": 1, "counts": {"behaviour.new": 1}},
        body={"visitor": "b2f1c3", "events": [{"id": "b2f1c3-7", "kind": "product_viewed", "product": "tea"}]},
    ),
    "parse_rule": Example(
        {"rule": _RULE, "text": "spent(6 months) >= 250", "contradictions": []},
        body={"rule": "spent(6 months) >= 250"},
    ),
    "preview_rule": Example({"id": _PREVIEW, "state": "counting"}, body={"rule": "spent(6 months) >= 250"}),
    "read_preview": Example(
        {
            "id": _PREVIEW, "state": "counted", "rule": _RULE, "text": "spent(6 months) >= 250",
            "as_of": "2026-03-01T09:00:00Z", "members": 412, "of": 5_100, "sample": [_CUSTOMER],
            "reach": {"email": 350, "sms": 41}, "overlap": [{"segment": "vip", "members": 90, "both": 71}],
            "revenue": _eur(21_340_000), "orders": 2_980,
        },
        path={"preview_id": _PREVIEW},
    ),
    "list_segments": Example({"items": [_SEGMENT], "next": None}),
    "read_segment": Example(_SEGMENT, path={"key": "spenders"}),
    "list_members": Example(
        {"items": [{"customer": _CUSTOMER, "since": "2026-02-20T18:04:31Z", "why": "fact"}], "next": None},
        path={"key": "spenders"},
        query="?limit=10",
    ),
    "list_segments_of": Example(
        {"items": [{"key": "spenders", "title": "Spenders", "since": "2026-02-20T18:04:31Z"}]},
        path={"customer_id": _CUSTOMER},
    ),
    "explain_segment": Example(
        {
            "key": "spenders", "title": "Spenders", "version": 2, "inside": False, "as_of": "2026-03-01T09:00:00Z",
            "stays": [
                {
                    "entered": "2025-11-20T18:04:31Z", "entered_why": "fact", "left": "2026-01-12T23:00:02Z",
                    "left_why": "time",
                }
            ],
            "currency": "EUR",
            "verdict": {
                "sort": "condition", "text": "spent(6 months) >= 250", "holds": False, "wanted": True,
                "held": {"unit": "money", "value": 21_180, "op": ">=", "low": 25_000, "high": None, "among": []},
                "missing": {"how": "more", "amount": 3_820, "unit": "money", "over": False, "what": ""},
                "until": "2026-03-14", "stays": None, "key": "", "title": "", "parts": [],
            },
        },
        path={"customer_id": _CUSTOMER, "key": "spenders"},
    ),
    "list_figures": Example(
        {
            "items": [
                {
                    "name": "retention_trend", "definition": "The retention rate of each month's customers.",
                    "formula": "people who came back within H days / people", "source": "own",
                    "parameters": ["horizon"],
                }
            ]
        }
    ),
    "read_figures": Example(
        {
            "name": "retention_trend", "as_of": "2026-03-01T03:00:00Z", "currency": "EUR",
            "columns": ["month", "base", "retained", "rate", "low", "high"],
            "rows": [[670, 412, 131, 0.318, 0.275, 0.364]], "total": 1, "next": None, "error": "",
        },
        path={"name": "retention_trend"},
        query="?horizon=90",
    ),
    "read_document": Example(
        {
            "kind": "reporting", "key": "default", "version": 3, "schema_number": 1, "state": "live",
            "effective_from": "2026-02-01T00:00:00Z", "author": "key:psk_qwertyui",
            "created_at": "2026-02-01T00:00:00Z", "body": _COSTS,
        },
        path={"kind": "reporting", "key": "default"},
    ),
    "save_document": Example(
        {
            "kind": "reporting", "key": "default", "version": 1, "schema_number": 1, "state": "live",
            "effective_from": "2026-03-01T09:00:00Z", "author": "key:psk_qwertyui",
            "created_at": "2026-03-01T09:00:00Z", "body": _COSTS,
        },
        path={"kind": "reporting", "key": "default"},
        headers=("If-None-Match: *",),
        body={"state": "live", "body": _COSTS},
    ),
    "list_lists": Example({"items": [_FAIR]}),
    "make_a_list": Example({**_FAIR, "matched": 0, "waiting": 0}, body={"title": "Spring fair"}),
    "read_list": Example(
        {
            **_FAIR, "next": None,
            "items": [
                {
                    "kind": "email", "value": "ana@example.com", "customers": [_CUSTOMER],
                    "added_at": "2026-03-01T09:00:00Z",
                }
            ],
        },
        path={"list_key": "spring-fair"}, query="?show=matched&limit=10",
    ),
    "add_entries": Example(
        {
            "new": 2, "known": 0, "matched": 1,
            "not_read": [
                {
                    "index": 2, "code": "listing.email",
                    "detail": "this is no e-mail address. To mend it: write it as ana@example.com",
                }
            ],
        },
        path={"list_key": "spring-fair"},
        body={"entries": ["ana@example.com", "+34600123456", "bo@"]},
    ),
    "remove_entry": Example(
        {"removed": True}, path={"list_key": "spring-fair"}, query="?value=ana@example.com"
    ),
}  # fmt: skip
