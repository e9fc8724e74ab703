"""Records of visits: behaviour, carts, and the moments at which a visitor was shown to be a person."""

from __future__ import annotations

import numpy as np

from perennial.facts.rules.records import Behaviour, Cart, CartLine, Sighting, Who
from perennial.simulator.columns import Columns, take
from perennial.simulator.draws import Ints
from perennial.simulator.records.people import People, who
from perennial.simulator.records.sales import rows_of
from perennial.simulator.records.shop import instant, product_name, variant_name
from perennial.simulator.store import Block
from perennial.simulator.visits import EVENTS, KINDS, REASONS, STEPS

_ADDED = EVENTS.index("cart_added")
_PLACED = len(EVENTS) - 1
_PAGES = ("/", "/new", "/gifts", "/about")
_WORDS = ("café", "regalo", "tazza", "cadeau", "خيط", "🎁", "linen", "gatto")


def visitor_name(visitor: int) -> str:
    """How records name a browser."""
    return f"b{visitor}"


class Visits:
    """The visits of one block. Carts are rows of `carts_of`, sightings rows of `sightings_of`."""

    def __init__(self, block: Block, people: People) -> None:
        self.block, self.people = block, people
        self.carts_of, self.items = carts(block)
        self.sightings_of = sightings(block)
        self._whos: dict[int, Who] = {}

    def _who(self, session: int, *, known: bool) -> Who:
        key = session * 2 + known
        if (made := self._whos.get(key)) is None:
            made = self._whos[key] = self._make_who(session, known=known)
        return made

    def _make_who(self, session: int, *, known: bool) -> Who:
        sessions = self.block.sessions
        visitor = visitor_name(int(sessions["visitor"][session]))
        if not known:
            return Who(visitor=visitor)
        person = self.people.persons[int(sessions["row"][session])]
        return Who(account=person.account, email=person.email, visitor=visitor)

    def behaviour(self, chosen: Ints) -> list[Behaviour]:
        """Behaviour records; whoever is not signed in is only a browser until the order."""
        sessions, orders = self.block.sessions, self.block.orders
        made = []
        for e in rows_of(self.block.events, chosen):
            session, kind = e["session"], EVENTS[e["kind"]]
            order = int(sessions["order"][session]) if e["kind"] == _PLACED else -1
            reason = int(sessions["reason"][session])
            props: dict[str, str | int | bool] = {}
            if STEPS[e["kind"]]:
                props["step"] = STEPS[e["kind"]]
                if reason >= 0 and self._last(e["id"], session):
                    props["reason"] = REASONS[reason]
            elif kind == "page_viewed":
                props["page"] = _PAGES[e["id"] // 64 % len(_PAGES)]
            elif kind == "searched":
                props["words"] = _WORDS[e["id"] // 64 % len(_WORDS)]
            made.append(
                Behaviour(
                    name=f"e{e['id']}",
                    who=self._who(session, known=bool(sessions["known"][session]) or order >= 0),
                    at=instant(e["at"]),
                    kind=kind,
                    product=product_name(e["product"]) if e["product"] >= 0 else None,
                    order=str(int(orders["id"][order])) if order >= 0 else None,
                    value=int(orders["total"][order]) if order >= 0 else None,
                    props=props,
                )
            )
        return made

    def _last(self, event: int, session: int) -> bool:
        s = self.block.sessions
        parts = (s[name][session] for name in ("searches", "views", "adds", "checks", "places"))
        return (event & 63) == int(sum(parts))

    def carts(self, chosen: Ints) -> list[Cart]:
        """Cart records as they were left, or ordered."""
        sessions, world = self.block.sessions, self.block.world
        made = []
        for c in rows_of(self.carts_of, chosen):
            session = c["session"]
            reason, order = int(sessions["reason"][session]), int(sessions["order"][session])
            inside = rows_of(self.items, np.arange(c["first"], c["last"]))
            made.append(
                Cart(
                    name=f"k{int(sessions['id'][session])}",
                    who=self._who(session, known=bool(sessions["known"][session]) or order >= 0),
                    created_at=instant(c["created_at"]),
                    updated_at=instant(c["updated_at"]),
                    currency=self._currency(order),
                    total=sum(item["total"] for item in inside),
                    step="payment" if order >= 0 else _STEP_OF[reason],
                    order=str(int(self.block.orders["id"][order])) if order >= 0 else None,
                    lines=tuple(
                        CartLine(
                            product=product_name(item["product"]),
                            variant=variant_name(item["product"], item["variant"]),
                            title=world.catalogue.title(item["product"]),
                            quantity=1_000 * item["quantity"],
                            total=item["total"],
                        )
                        for item in inside
                    ),
                )
            )
        return made

    def _currency(self, order: int) -> str:
        config = self.block.world.config
        foreign = order >= 0 and self.block.orders["currency"][order]
        return (config.second_currency if foreign else None) or config.currency

    def sightings(self, chosen: Ints) -> list[Sighting]:
        """Sighting records: sign-ins and orders."""
        made = []
        for s in rows_of(self.sightings_of, chosen):
            person = self.people.persons[int(self.block.sessions["row"][s["session"]])]
            visitor = visitor_name(int(self.block.sessions["visitor"][s["session"]]))
            made.append(Sighting(visitor=visitor, who=who(person), at=instant(s["at"])))
        return made


_STEP_OF = ("shipping", "cart", "payment", "address")


def carts(block: Block) -> tuple[Columns, Columns]:
    """Carts known by ``until`` and what is in them.

    Carts: ``session``, ``created_at``, ``updated_at`` (s), ``first`` and ``last`` (rows of the items).
    Items: ``product``, ``variant``, ``quantity`` (pieces), ``total`` (as the line of the order, if any).
    """
    sessions, events = block.sessions, block.events
    added = np.flatnonzero(events["kind"] == _ADDED)
    kinds = sessions["kind"][events["session"][added]]
    # A stranger's cart is a browser's alone: it stays in behaviour.
    added = added[kinds != KINDS.index("stranger")]
    session, product, at = (events[name][added] for name in ("session", "product", "at"))
    variant = np.zeros(len(added), np.int64)
    items = {
        "product": product,
        "variant": variant,
        "quantity": variant + 1,
        "total": block.world.catalogue.prices(product, variant, at),
    }
    unique, first, counts = np.unique(session, return_index=True, return_counts=True)
    _bought(block, items, session, first, unique)
    start = sessions["start"][unique]
    nth = sum(sessions[name][unique] for name in ("searches", "views", "adds", "checks", "places"))
    ended = np.minimum(start + nth * sessions["step"][unique], block.world.season.until)
    columns = {
        "session": unique,
        "created_at": at[first],
        "updated_at": ended,
        "first": first,
        "last": first + counts,
    }
    return columns, items


def _bought(block: Block, items: Columns, session: Ints, first: Ints, unique: Ints) -> None:
    """Give the items of ordered carts what their order's lines say."""
    order = block.sessions["order"][session]
    ordered = order >= 0
    starts = np.searchsorted(block.lines["order"], order[ordered])
    nth = (np.arange(len(session)) - first[np.searchsorted(unique, session)])[ordered]
    for name in ("variant", "quantity", "total"):
        items[name][ordered] = block.lines[name][starts + nth]


def sightings(block: Block) -> Columns:
    """Columns ``session``, ``at`` (s): at the start of a visit signed in, and at each order."""
    sessions, until = block.sessions, block.world.season.until
    signed = np.flatnonzero(sessions["known"])
    ordered = np.flatnonzero(sessions["order"] >= 0)
    at = block.orders["at"][sessions["order"][ordered]]
    both = {
        "session": np.concatenate([signed, ordered]),
        "at": np.concatenate([sessions["start"][signed], at]),
    }
    both = take(both, both["at"] <= until)
    return take(both, np.lexsort([both["at"], both["session"]]))
