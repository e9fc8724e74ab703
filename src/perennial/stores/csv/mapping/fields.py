"""The fields a column can mean, and the headers they are known by: exports by name, plain files by synonyms.

Header names are compared folded: case, accents, punctuation and camelCase do not matter ("orderNumber",
"Order Number" and "order_number" are one).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

TIMES = ("ordered_at", "updated_at", "paid_at", "cancelled_at", "fulfilled_at", "refunded_at")
# Amounts of the order, then of the line.
ORDER_AMOUNTS = ("total", "subtotal", "shipping", "shipping_tax", "tax", "discount", "refunded")
LINE_AMOUNTS = ("unit_price", "line_total", "line_discount", "line_tax", "cost")
AMOUNTS = ORDER_AMOUNTS + LINE_AMOUNTS
STATES = ("status", "payment_status")
PEOPLE = ("account", "email", "phone", "customer_name")
GOODS = ("product", "sku", "title", "category", "brand")
ORDER_TEXTS = ("number", "channel", "payment_method", "codes")
ADDRESS = ("company", "line1", "line2", "city", "region", "postcode")
SHIP_ADDRESS = ("ship_name", *(f"ship_{part}" for part in ADDRESS))
COUNTRIES = ("country", "ship_country")
PERSON_TEXTS = ("first_name", "last_name", *ADDRESS, *SHIP_ADDRESS)
FIELDS = (
    "order",
    *ORDER_TEXTS,
    *PEOPLE,
    *TIMES,
    *STATES,
    "currency",
    *AMOUNTS,
    "quantity",
    *GOODS,
    *COUNTRIES,
    *PERSON_TEXTS,
)
# A row with one of these is a line of an order, not an order of its own.
OF_LINES = ("quantity", "unit_price", "line_total", *GOODS)

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^a-z0-9]+")


def fold(name: str) -> str:
    """A header as it is compared."""
    spread = _CAMEL.sub(" ", name.strip())
    plain = unicodedata.normalize("NFKD", spread.casefold().replace("№", "no").replace("#", " no "))
    return _OTHER.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


@dataclass(frozen=True, slots=True)
class Layout:
    """An export: told by ``tells`` (groups of folded names, one of each must be there); its columns by field."""

    key: str
    title: str
    tells: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]]


def _all(prefix: str = "", suffix: str = "", **names: str) -> dict[str, tuple[str, ...]]:
    return {field: (f"{prefix} {name} {suffix}".strip(),) for field, name in names.items()}


_BILL = {"line1": "address1", "line2": "address2", "city": "city", "postcode": "zip", "region": "province"}
SHOPIFY = Layout(
    "shopify",
    "Shopify orders export",
    (("name",), ("lineitem name",), ("lineitem price",), ("created at", "paid at")),
    {
        "order": ("name",), "email": ("email",), "phone": ("phone",), "payment_status": ("financial status",),
        "ordered_at": ("created at", "paid at"), "paid_at": ("paid at",), "fulfilled_at": ("fulfilled at",),
        "cancelled_at": ("cancelled at",), "currency": ("currency",), "subtotal": ("subtotal",),
        "shipping": ("shipping",), "tax": ("taxes",), "total": ("total",), "codes": ("discount code",),
        "discount": ("discount amount",), "refunded": ("refunded amount",), "quantity": ("lineitem quantity",),
        "title": ("lineitem name",), "unit_price": ("lineitem price",), "sku": ("lineitem sku",),
        "line_discount": ("lineitem discount",), "brand": ("vendor",), "channel": ("source",), "number": ("id",),
        "payment_method": ("payment method",), "customer_name": ("billing name",),
        "company": ("billing company",), "country": ("billing country",), **_all("billing", **_BILL),
        "ship_name": ("shipping name",), "ship_company": ("shipping company",),
        "ship_country": ("shipping country",), **{f"ship_{k}": v for k, v in _all("shipping", **_BILL).items()},
    },
)  # fmt: skip

_WOO = {
    "line1": "address 1 2", "city": "city", "region": "state code", "postcode": "postcode",
    "company": "company", "country": "country code",
}  # fmt: skip
# The columns of the widespread plug-in "Advanced Order Export".
WOO_ADVANCED = Layout(
    "woocommerce",
    "WooCommerce order export",
    (("order number", "order id"), ("order status",), ("order date",), ("email billing", "order total amount",
    "item cost")),
    {
        "order": ("order id", "order number"), "number": ("order number",), "status": ("order status",),
        "ordered_at": ("order date",), "paid_at": ("paid date",), "email": ("email billing",),
        "phone": ("phone billing",), "first_name": ("first name billing",), "last_name": ("last name billing",),
        **_all(suffix="billing", **_WOO), **{f"ship_{k}": v for k, v in _all(suffix="shipping", **_WOO).items()},
        "account": ("customer user id", "user id"), "currency": ("order currency", "currency"),
        "total": ("order total amount",), "subtotal": (), "shipping": ("order shipping amount",),
        "tax": ("order total tax amount", "order tax amount"), "refunded": ("order refund amount",),
        "discount": ("cart discount amount",), "codes": ("coupon code", "coupons used"),
        "payment_method": ("payment method title",), "sku": ("sku",), "title": ("item name", "name", "product name"),
        "product": ("product id",), "category": ("category",), "quantity": ("quantity",),
        "unit_price": ("item cost",), "line_total": ("order line total",), "line_tax": ("order line tax",),
    },
)  # fmt: skip

_WOO_SNAKE_ADDRESS = {
    "line1": "address 1", "line2": "address 2", "city": "city", "region": "state", "postcode": "postcode",
    "company": "company", "country": "country",
}  # fmt: skip
# Customer/Order/Coupon Export and Import Export Suite: snake_case names.
WOO_SUITE = Layout(
    "woocommerce",
    "WooCommerce order export (order_id, order_total ...)",
    (("order id", "order number"), ("status", "order status"), ("order total",), ("billing email", "customer email")),
    {
        "order": ("order id",), "number": ("order number",), "status": ("status", "order status"),
        "ordered_at": ("order date", "date"), "paid_at": ("paid date",), "account": ("customer id",),
        "email": ("customer email", "billing email"), "phone": ("billing phone",),
        "first_name": ("billing first name",), "last_name": ("billing last name",),
        **_all("billing", **_WOO_SNAKE_ADDRESS),
        **{f"ship_{k}": v for k, v in _all("shipping", **_WOO_SNAKE_ADDRESS).items()},
        "currency": ("order currency",), "total": ("order total",), "shipping": ("shipping total",),
        "shipping_tax": ("shipping tax total",), "tax": ("tax total",), "discount": ("discount total",),
        "refunded": ("refunded total",), "payment_method": ("payment method title", "payment method"),
        "product": ("item product id",), "sku": ("item sku",), "title": ("item name",),
        "quantity": ("item quantity",), "line_total": ("item total",), "line_tax": ("item total tax",),
        "codes": ("coupons",),
    },
)  # fmt: skip
WOO_ANALYTICS = Layout(
    "woocommerce",
    "WooCommerce Analytics orders report",
    (("date",), ("order no",), ("n revenue formatted", "n revenue", "net sales"), ("status",), ("customer type",)),
    {
        "order": ("order no",), "ordered_at": ("date",), "status": ("status",), "customer_name": ("customer",),
        "total": ("net sales", "n revenue", "n revenue formatted"), "codes": ("coupon s",),
        "channel": ("attribution",),
    },
)  # fmt: skip
MAGENTO = Layout(
    "magento",
    "Magento 2 sales orders grid",
    (("id",), ("purchase date",), ("grand total base", "grand total purchased")),
    {
        "order": ("id",), "ordered_at": ("purchase date",), "customer_name": ("customer name", "bill to name"),
        "total": ("grand total purchased", "grand total base"), "status": ("status",),
        "email": ("customer email",), "subtotal": ("subtotal",), "shipping": ("shipping and handling",),
        "payment_method": ("payment method",), "refunded": ("total refunded",), "channel": ("purchase point",),
        "ship_name": ("ship to name",),
    },
)  # fmt: skip
ECWID = Layout(
    "ecwid",
    "Ecwid order export",
    (
        ("order number", "vendor order number"),
        ("payment status",),
        ("fulfillment status", "fulfilment status", "shipping status"),
        ("email", "customer email"),
    ),
    {
        "order": ("order number", "vendor order number"), "number": ("vendor order number",),
        "ordered_at": ("order date", "create date", "created", "date", "order date time", "order placed date"),
        "updated_at": ("update date", "updated"), "payment_status": ("payment status",),
        "email": ("email", "customer email"), "account": ("customer id",), "phone": ("phone", "customer phone",
        "billing phone"),
        "customer_name": ("customer name", "billing name", "billing person name", "name"),
        "total": ("total", "order total", "grand total"), "subtotal": ("subtotal", "order subtotal"),
        "shipping": ("shipping cost", "shipping rate", "shipping", "shipping price"), "tax": ("tax", "taxes",
        "order tax"),
        "discount": ("discount", "coupon discount", "total discount"), "refunded": ("refunded amount", "refund amount"),
        "codes": ("coupon code", "discount coupon", "coupon"), "currency": ("currency",),
        "payment_method": ("payment method",), "sku": ("sku", "item sku", "product sku"),
        "title": ("item name", "product name", "product", "items"), "quantity": ("quantity", "item quantity", "qty"),
        "unit_price": ("item price", "product price", "price"), "country": ("billing country", "shipping country",
        "country"),
        "ship_name": ("shipping name", "shipping person name"),
    },
)  # fmt: skip
ONLINE_RETAIL = Layout(
    "online_retail",
    "Online Retail (UCI)",
    (
        ("invoice no", "invoice"),
        ("stock code",),
        ("description",),
        ("quantity",),
        ("invoice date",),
        ("unit price", "price"),
        ("customer id",),
    ),
    {
        "order": ("invoice no", "invoice"), "product": ("stock code",), "title": ("description",),
        "quantity": ("quantity",), "ordered_at": ("invoice date",), "unit_price": ("unit price", "price"),
        "account": ("customer id",), "country": ("country",),
    },
)  # fmt: skip
EXPORTS = (SHOPIFY, ONLINE_RETAIL, MAGENTO, WOO_ADVANCED, WOO_SUITE, WOO_ANALYTICS, ECWID)
PLAIN = "plain"


def match(names: Sequence[str], columns: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Field -> header name, for the fields whose column is there; a header is used once, the first field first."""
    by_fold: dict[str, str] = {}
    for name in names:
        by_fold.setdefault(fold(name), name)
    found: dict[str, str] = {}
    for field, known in columns.items():
        hit = next((by_fold[k] for k in known if k in by_fold), None)
        if hit:
            found[field] = hit
    return found


def recognise(names: Sequence[str]) -> tuple[Layout, dict[str, str]] | None:
    """The export a header belongs to, and its columns by field."""
    folded = {fold(name) for name in names}
    for layout in EXPORTS:
        if all(any(name in folded for name in group) for group in layout.tells):
            found = match(names, layout.columns)
            if "ordered_at" in found and ("total" in found or "unit_price" in found or "line_total" in found):
                return layout, found
    return None
