"""Which of two states of one thing is the truth: the greater version.

A version is (source's updated time, richness, payload hash). Richness decides between states of the same
time by a stated order; the hash makes the choice the same whatever the order of arrival.
"""

from __future__ import annotations

import hashlib

from perennial.facts.rules import records
from perennial.values.time import to_us

Version = tuple[int, int, int]
UNSEEN: Version = (0, -1, 0)
_PAYMENTS = ("pending", "authorized", "paid", "partially_refunded", "refunded", "voided")
_STATUSES = ("open", "closed", "cancelled")


def payload_hash(record: records.Record) -> int:
    """63 bits of BLAKE2b over the record's canonical JSON."""
    digest = hashlib.blake2b(record.model_dump_json().encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def name_hash(*parts: str | int) -> int:
    """63 bits of BLAKE2b over names: an id for what is counted once by its name."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def mention(title: str, category: str, currency: str) -> Version:
    """The version of a product known only because lines named it, and told this of it.

    Every real version is greater. Among mentions the fuller wins, then the longer title (shops scribble
    "?" or "damaged" into it), then the hash: a rule without time, so that the next order of a popular
    product changes nothing.
    """
    filled = bool(title) + bool(category) + bool(currency)
    digest = name_hash(title, category, currency) >> 15
    return (0, -1, (filled << 60) | (min(len(title), 255) << 48) | digest)


def _filled(record: records.Record) -> int:
    return sum(1 for _, value in record if value not in ("", None, (), {}))


def richness(record: records.Record) -> int:
    """How much a state says: the later in the life of its thing, the richer."""
    match record:
        case records.Order():
            return _STATUSES.index(record.status) * 8 + _PAYMENTS.index(record.payment)
        case records.Fulfilment():
            return sum(
                weight
                for weight, at in ((4, record.delivered_at), (2, record.shipped_at), (1, record.promised_at))
                if at is not None
            )
        case records.Refund():
            return len(record.lines)
        case records.Cart():
            return 1 if record.order else 0
        case records.Ticket():
            return sum(
                weight
                for weight, value in (
                    (4, record.resolved_at),
                    (2, record.responded_at),
                    (1, record.satisfaction),
                )
                if value is not None
            )
        case _:
            return _filled(record)


def version(record: records.State) -> Version:
    """The version of a record."""
    return (to_us(record.updated_at), richness(record), payload_hash(record))


class Versions:
    """The versions of a batch's records, computed once."""

    def __init__(self, found: dict[int, Version]) -> None:
        self._found = found

    @classmethod
    def of(cls, batch: records.Batch) -> Versions:
        """The versions of all that has one; the batch must outlive them."""
        states: tuple[tuple[records.State, ...], ...] = (
            batch.products, batch.customers, batch.orders, batch.refunds, batch.fulfilments, batch.carts,
            batch.tickets, batch.ratings, batch.spend,
        )  # fmt: skip
        return cls({id(record): version(record) for kind in states for record in kind})

    def __getitem__(self, record: records.State) -> Version:
        return self._found[id(record)]
