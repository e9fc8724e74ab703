"""What is sold: catalogue records, and products known only because an order named them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from perennial.database import ids, rows
from perennial.facts.actions.recording import names
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.catalogue import PriceChange, Product, Variant
from perennial.facts.rules import records
from perennial.facts.rules.versions import Version, mention
from perennial.values.time import to_us

_PRODUCT = rows.columns_of(Product)
_VARIANT = rows.columns_of(Variant)


class Mention(NamedTuple):
    """A product that a line names: enough to hold a place until the catalogue tells more."""

    title: str
    category: str
    currency: str


def record_products(session: Session, products: Sequence[records.Product]) -> None:
    """Take the catalogue as its source states it, and note prices that changed."""
    dated = [(record.name, record, session.versions[record]) for record in products]
    accepted = names.sift(session, Product, "product", dated)
    if not accepted:
        return
    names.save(Product, _PRODUCT, [_row(session, item) for item in accepted])
    _variants(session, accepted)
    session.mark("products", 0)


def _row(session: Session, item: names.Accepted) -> rows.Row:
    record: records.Product = item.record
    return (
        item.id, session.brand_id, session.store_id, *item.version, record.title, record.brand, record.category,
        record.currency, record.url, record.image, record.hidden,
    )  # fmt: skip


def _variants(session: Session, accepted: Sequence[names.Accepted]) -> None:
    held = {
        (product, name): (id_, price)
        for id_, product, name, price in rows.fetch(
            Variant,
            ("id", "product_id", "name", "price"),
            "product_id",
            [item.id for item in accepted],
            equal={"brand_id": session.brand_id},
        )
    }
    stated = {(item.id, variant.name): (variant, item) for item in accepted for variant in item.record.variants}
    new_ids = iter(ids.take(len(stated)))
    written, prices = [], []
    for (product, name), (variant, item) in sorted(stated.items(), key=lambda entry: entry[0]):
        id_, price = held.get((product, name), (None, None))
        id_ = id_ or next(new_ids)
        written.append(
            (
                id_, session.brand_id, session.store_id, product, name, variant.sku, variant.title, variant.price,
                variant.compare_at, variant.cost, variant.stock, False,
            )
        )  # fmt: skip
        if variant.price is not None and variant.price != price:
            prices.append((id_, to_us(item.record.updated_at), variant.price))
    rows.upsert(Variant, _VARIANT, written, key=("brand_id", "product_id", "name"))
    gone = [
        id_ for key, (id_, _) in held.items() if key not in stated and any(i.old for i in accepted if i.id == key[0])
    ]
    rows.change(Variant, {"removed": True}, "id", gone, equal={"brand_id": session.brand_id})
    rows.insert_missing(
        PriceChange,
        ("id", "brand_id", "variant_id", "at", "price"),
        [(new, session.brand_id, *row) for new, row in zip(ids.take(len(prices)), prices, strict=True)],
    )


class Catalogue:
    """The products and variants that one recording's orders and visits name."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._products: dict[str, int] = {}
        self._variants: dict[tuple[int, str], int] = {}

    def product(self, name: str | None) -> int | None:
        """The id of a product named before by `meet`."""
        return None if name is None else self._products[name]

    def variant(self, product: str | None, name: str | None) -> int | None:
        """The id of a variant named before by `meet`."""
        return None if product is None or name is None else self._variants[self._products[product], name]

    def meet(self, lines: Iterable[tuple[records.Line, str]], others: Iterable[str]) -> None:
        """Give every product that lines (with their currency) or ``others`` name a row, and its variants."""
        session = self._session
        told: set[tuple[str, Mention]] = {(name, Mention("", "", "")) for name in others}
        variants: dict[tuple[str, str], str] = {}
        for line, currency in lines:
            if line.product is None:
                continue
            told.add((line.product, Mention(line.title, line.category, currency)))
            if line.variant is not None:
                variants[line.product, line.variant] = line.sku
        seen: dict[str, tuple[Version, Mention]] = {}
        for name, words in told:
            entry = (mention(words.title, words.category, words.currency), words)
            if name not in seen or entry[0] > seen[name][0]:
                seen[name] = entry
        refs = names.resolve(session, "product", seen)
        self._products = {name: id_ for name, (id_, _) in refs.items()}
        self._mention(seen)
        self._meet_variants(variants)

    def _mention(self, seen: dict[str, tuple[Version, Mention]]) -> None:
        session = self._session
        columns = ("id", "version_at", "version_rank", "version_hash")
        held = {row[0]: row[1:] for row in rows.fetch(Product, columns, "id", self._products.values())}
        written = [
            (
                id_, session.brand_id, session.store_id, *stub, told.title, "", told.category, told.currency, "", "",
                False,
            )
            for name, (stub, told) in seen.items()
            if (id_ := self._products[name]) not in held or held[id_] < stub
        ]  # fmt: skip
        if written:
            names.save(Product, _PRODUCT, written)
            session.mark("products", 0)
        session.tally["product.met"] += sum(1 for row in written if row[0] not in held)

    def _meet_variants(self, wanted: dict[tuple[str, str], str]) -> None:
        session = self._session
        if not wanted:
            return
        products = {self._products[product] for product, _ in wanted}
        columns, place = ("product_id", "name", "id"), {"brand_id": session.brand_id}
        held = {(p, name): id_ for p, name, id_ in rows.fetch(Variant, columns, "product_id", products, equal=place)}
        missing = {
            (self._products[product], name): sku
            for (product, name), sku in wanted.items()
            if (self._products[product], name) not in held
        }
        written = rows.insert_missing(
            Variant,
            ("id", "brand_id", "store_id", "product_id", "name", "sku", "title", "removed"),
            [
                (new, session.brand_id, session.store_id, *key, sku, "", False)
                for new, (key, sku) in zip(ids.take(len(missing)), sorted(missing.items()), strict=True)
            ],
        )
        if written:
            found = rows.fetch(Variant, columns, "product_id", products, equal=place)
            held = {(product, name): id_ for product, name, id_ in found}
        self._variants = held
