"""Facts as columns: the small schema that the mirror writes and insight reads, column by column.

Whoever supplies tables (the mirror, the lab's reader, the simulator, a test) supplies these, on any engine
Ibis speaks. Conventions:

- ``*_at``: int64, microseconds since 1970-01-01 UTC. ``*_day``: int64, days since 1970-01-01 of the store's
  own calendar (a mirror writes both, so that no engine does zone arithmetic).
- Money: int64, minor units of the *reporting* currency; null where an order could not be converted
  (no exchange rate yet): such orders are left out of sums and counted as unconverted.
- Quantities: int64 thousandths. Scores: int64, 0 to 100.
- No names, addresses or free text: customers are opaque numbers. ``aliases`` says which of them are one
  person; a customer it does not list is a person of its own.
- ``customer_id`` is null for an anonymous sale: it counts in revenue, in no statistic of people.
"""

from __future__ import annotations

from collections.abc import Mapping

SCHEMA: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "customer_id": "int64",
        "store_id": "int64",
        "created_at": "int64",
        "created_day": "int64",
        "country": "string",
        "locale": "string",
        "acquired_by": "string",
    },
    # Which customers are one person: by merge, or (``confirmed`` false) by an unverified address.
    "aliases": {"customer_id": "int64", "person_id": "int64", "confirmed": "boolean"},
    # One row per order, cancelled ones too. ``net``: its lines after discounts, without tax; ``tax``: theirs.
    # ``total``: what the shop states was to be paid.
    "orders": {
        "order_id": "int64",
        "customer_id": "int64",
        "store_id": "int64",
        "channel": "string",
        "source": "string",
        "ordered_at": "int64",
        "ordered_day": "int64",
        "paid_at": "int64",
        "cancelled_at": "int64",
        "net": "int64",
        "tax": "int64",
        "shipping": "int64",
        "shipping_tax": "int64",
        "discount": "int64",
        "total": "int64",
        "promised_at": "int64",
        "promised_day": "int64",
        "subscription": "boolean",
    },
    # ``kind``: product, gift_card, fee, tip, shipping. ``net``: after discounts, without tax.
    # ``cost``: of the whole line at sale; null: unknown.
    "lines": {
        "line_id": "int64",
        "order_id": "int64",
        "customer_id": "int64",
        "store_id": "int64",
        "ordered_at": "int64",
        "ordered_day": "int64",
        "kind": "string",
        "product_id": "int64",
        "variant_id": "int64",
        "quantity": "int64",
        "net": "int64",
        "tax": "int64",
        "discount": "int64",
        "cost": "int64",
    },
    # Amounts >= 0. ``net``: refunded for goods, without tax; ``tax``: refunded tax on goods.
    "refunds": {
        "refund_id": "int64",
        "order_id": "int64",
        "customer_id": "int64",
        "store_id": "int64",
        "kind": "string",
        "refunded_at": "int64",
        "refunded_day": "int64",
        "net": "int64",
        "tax": "int64",
        "shipping": "int64",
        "shipping_tax": "int64",
        "total": "int64",
    },
    # ``cost``: the cost that came back with restocked goods.
    "refund_lines": {
        "refund_id": "int64",
        "line_id": "int64",
        "order_id": "int64",
        "product_id": "int64",
        "refunded_at": "int64",
        "refunded_day": "int64",
        "quantity": "int64",
        "net": "int64",
        "tax": "int64",
        "cost": "int64",
    },
    "fulfilments": {
        "fulfilment_id": "int64",
        "order_id": "int64",
        "customer_id": "int64",
        "store_id": "int64",
        "carrier": "string",
        "promised_at": "int64",
        "promised_day": "int64",
        "shipped_at": "int64",
        "shipped_day": "int64",
        "delivered_at": "int64",
        "delivered_day": "int64",
    },
    "products": {
        "product_id": "int64",
        "store_id": "int64",
        "title": "string",
        "brand": "string",
        "category": "string",
        "price": "int64",
        "cost": "int64",
        "hidden": "boolean",
    },
    # ``kind``: page_viewed, product_viewed, searched, cart_added, checkout_started, checkout_step,
    # order_placed, goal:<key>, mail_opened, mail_clicked ...
    "behaviour": {
        "visitor_id": "int64",
        "customer_id": "int64",
        "store_id": "int64",
        "kind": "string",
        "product_id": "int64",
        "order_id": "int64",
        "at": "int64",
        "day": "int64",
        "value": "int64",
    },
    # Whose a visitor's behaviour is in [from_at, to_at): split by time where two people used one browser.
    "visitors": {"visitor_id": "int64", "customer_id": "int64", "from_at": "int64", "to_at": "int64"},
    "tickets": {
        "ticket_id": "int64",
        "customer_id": "int64",
        "store_id": "int64",
        "order_id": "int64",
        "channel": "string",
        "topic": "string",
        "complaint": "boolean",
        "opened_at": "int64",
        "opened_day": "int64",
        "responded_at": "int64",
        "resolved_at": "int64",
        "satisfaction": "int64",
    },
    "ratings": {
        "rating_id": "int64",
        "customer_id": "int64",
        "store_id": "int64",
        "order_id": "int64",
        "product_id": "int64",
        "rated_at": "int64",
        "rated_day": "int64",
        "score": "int64",
    },
    "spend": {
        "store_id": "int64",
        "day": "int64",
        "channel": "string",
        "campaign": "string",
        "amount": "int64",
    },
}
