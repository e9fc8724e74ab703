"""A block of text rows becomes a block of typed rows: whole numbers, instants, states; the rest trimmed text.

Typed columns (null where there was nothing), one per mapped field:

- ``pos``: part of a zip << 40 | physical line: where the row begins; ``run``: rows of one order that stand
  together have one number, rising through the file.
- times: ``ordered_at`` ... microseconds UTC; ``ordered_day`` ...: the store's local day.
- amounts: ten-thousandths of the currency; ``quantity``: thousandths; states: numbers of `STATES`.
- ``person``: what names the customer: "a:" + account, "e:" + address, "p:" + phone or "n:" + name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perennial.stores.csv.mapping import fields as f
from perennial.stores.csv.mapping.amounts import parse_amount, parse_quantity
from perennial.stores.csv.mapping.columns import Column
from perennial.stores.csv.mapping.countries import country_code
from perennial.stores.csv.mapping.dates import EXAMPLES, NAMES, Style, instant
from perennial.stores.csv.mapping.quick_dates import quick_instants
from perennial.stores.csv.mapping.states import parse_state
from perennial.stores.csv.parser.arrow import flags, integers, texts, truth, word
from perennial.stores.csv.parser.reader import Block
from perennial.values.reason import Reason

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MEMBER = 40
# What names a thing cannot be cut to a record's length: two might become one.
_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Plan:
    """How the columns of a file are read: header names by field and the styles decided for it."""

    columns: Mapping[str, str]
    dates: Style
    decimal: str
    currency: str
    zone: str
    layout: str
    # Each row is an order with its total, or a line of one.
    by_line: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that could not be read: its row, the header's name of its column, why, and the row's order."""

    pos: int
    column: str
    reason: Reason
    order: str | None = None


class Normaliser:
    """Keeps what must be known from block to block: caches of texts, the order that is open."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._readers: dict[str, Column] = {}
        goods = next((name for name in ("product", "sku", "title") if name in plan.columns), "")
        self._names = frozenset(("order", "account", "email", "phone", "sku", goods))
        self._run = -1
        self._last_order: str | None = None
        for field in plan.columns:
            if field in f.TIMES:
                quick = None if plan.dates in ("excel", "unix") else lambda texts: quick_instants(texts, plan.zone)
                self._readers[field] = Column(lambda t: instant(t, plan.dates, plan.zone), quick)
            elif field in f.AMOUNTS:
                self._readers[field] = Column(lambda t: parse_amount(t, plan.decimal))
            elif field == "quantity":
                self._readers[field] = Column(lambda t: parse_quantity(t, plan.decimal))
            elif field in f.STATES:
                self._readers[field] = Column(parse_state)

    def block(self, block: Block) -> tuple[pa.Table, list[Cell]]:
        """The typed rows of a block, those with a wrong cell left out, and the wrong cells."""
        import numpy as np
        import pyarrow as pa

        plan = self.plan
        pos = block.lines + (block.end.member << MEMBER)
        draft = _Draft(plan, pos, {"pos": integers(pos)}, np.zeros(len(pos), bool), [])
        for field, name in plan.columns.items():
            if field in self._readers:
                self._read(draft, field, block.table[name])
            else:
                draft.out[field] = _text(field, block.table[name], plan)
                if field in self._names:
                    draft.reject(_too_long(draft.out[field]), field, lambda _: Reason.of("cell.too_long", limit=_LIMIT))
                if field == "country":
                    # As it stands: the report counts names, also of what is no country.
                    draft.out["raw_country"] = block.table[name].combine_chunks()
        _check_amounts(draft)
        _check_currency(draft)
        draft.out["person"] = _person(draft.out, len(pos))
        order = self._order(draft.out)
        if "order" in plan.columns:
            draft.reject(_is_null(order) & ~draft.wrong, "order", lambda _: Reason.of("cell.missing"))
        draft.out["order"] = order
        typed = pa.table(draft.out)
        if not draft.wrong.any():
            return self._with_runs(typed), draft.cells
        cells = draft.cells
        if "order" in plan.columns:
            names = typed["order"].filter(flags(draft.wrong)).to_pylist()
            told = [name if name and len(name) <= _LIMIT else None for name in names]
            named = dict(zip(pos[draft.wrong].tolist(), told, strict=True))
            cells = [replace(cell, order=named.get(cell.pos)) for cell in cells]
        return self._with_runs(typed.filter(flags(~draft.wrong))), cells

    def _read(self, draft: _Draft, field: str, column: pa.ChunkedArray) -> None:
        """A column of numbers or times; cells that are none are wrong."""
        reader, plan = self._readers[field], self.plan
        values = reader.read(column)
        draft.out[field] = values.array()
        if field in f.TIMES:
            draft.out[day_of(field)] = values.array(second=True)
        if not values.flaws:
            return
        wrong = values.wrong

        def why(index: int) -> Reason:
            text = column[index].as_py()
            return explain(reader.codes.get(text, "cell.missing") if wrong[index] else "cell.missing", text, plan)

        # Shopify may state what concerns the order on its first row only: its dates are judged later.
        needed = field == "ordered_at" and plan.layout != "shopify"
        draft.reject(wrong | values.empty if needed else wrong, field, why)

    def _order(self, out: dict[str, pa.Array]) -> pa.Array:
        """The order's name; where the file has none, a purchase is what one customer bought at one time."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if "order" in out:
            return out["order"]
        at = pc.cast(out["ordered_at"], pa.string())
        return pc.binary_join_element_wise(pc.fill_null(out["person"], word("")), at, word("@"))

    def _with_runs(self, typed: pa.Table) -> pa.Table:
        import numpy as np
        import pyarrow.compute as pc

        order = typed["order"].combine_chunks()
        if not len(order):
            return typed.append_column("run", integers(np.empty(0, np.int64)))
        starts = np.empty(len(order), bool)
        starts[0] = order[0].as_py() != self._last_order
        starts[1:] = truth(pc.not_equal(order[1:], order[:-1]))
        runs = np.cumsum(starts) + self._run
        self._run = int(runs[-1])
        self._last_order = order[-1].as_py()
        return typed.append_column("run", integers(runs))


@dataclass
class _Draft:
    """A block being read: its typed columns so far, which rows are wrong, and the wrong cells."""

    plan: Plan
    pos: np.ndarray
    out: dict[str, pa.Array]
    wrong: np.ndarray
    cells: list[Cell]

    def reject(self, bad: np.ndarray | None, field: str, why: Callable[[int], Reason]) -> None:
        """Leave out the rows where ``bad``, for a cell of ``field``."""
        if bad is None or not bad.any():
            return
        name = self.plan.columns[field]
        self.cells += [Cell(int(self.pos[i]), name, why(int(i))) for i in bad.nonzero()[0]]
        self.wrong |= bad


def _check_amounts(draft: _Draft) -> None:
    """A row must have its amount: a total, an amount, or a price. Exports of shops state it as they do."""
    if draft.plan.layout not in (f.PLAIN, "online_retail"):
        return
    held = [name for name in ("line_total", "total", "unit_price") if name in draft.out]
    none = ~draft.wrong
    for name in held:
        none = none & _is_null(draft.out[name])
    draft.reject(none, held[0], lambda _: Reason.of("cell.missing"))


def _check_currency(draft: _Draft) -> None:
    import numpy as np
    import pyarrow.compute as pc

    if "currency" not in draft.out:
        return
    texts = draft.out["currency"] = pc.utf8_upper(draft.out["currency"])
    fits = pc.fill_null(pc.match_substring_regex(texts, "^[A-Z]{3}$"), flags(np.ones(1, bool))[0])
    draft.reject(~truth(fits), "currency", lambda i: Reason.of("cell.currency", text=str(texts[i].as_py())[:40]))


def day_of(field: str) -> str:
    """The column of the local day of a time."""
    return field.removesuffix("_at") + "_day"


def explain(code: str, text: str, plan: Plan) -> Reason:
    """The reason for a wrong cell, with what it would look like if it were right."""
    text = text[:80]
    if code == "cell.date":
        return Reason.of(code, text=text, style=NAMES[plan.dates], example=EXAMPLES[plan.dates])
    if code == "cell.amount":
        return Reason.of(code, text=text, example="1234.50" if plan.decimal == "." else "1234,50")
    return Reason.of(code) if code == "cell.missing" else Reason.of(code, text=text)


def _is_null(array: pa.Array) -> np.ndarray:
    return truth(array.is_null())


def _text(field: str, column: pa.ChunkedArray, plan: Plan) -> pa.Array:
    """Trimmed text, null where empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pc.utf8_trim_whitespace(column.combine_chunks())
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    if field in f.COUNTRIES:
        return _by_distinct(whole, country_code)
    if field == "email":
        whole = pc.utf8_lower(whole)
    if field == "account":
        # Accounts that went through a table of floats end in ".0"; shops write 0 for a guest.
        if pc.any(pc.ends_with(whole, ".0")).as_py():
            whole = pc.replace_substring_regex(whole, r"^(\d+)\.0$", r"\1")
        whole = pc.if_else(pc.equal(whole, word("0")), word(""), whole)
    if field == "product" and plan.layout == "online_retail":
        whole = pc.utf8_upper(whole)
    # Most columns are full: the shortest text tells.
    if len(whole) and pc.min(pc.binary_length(whole)).as_py():
        return whole
    return pc.if_else(pc.equal(whole, word("")), word(None), whole)


def _by_distinct(column: pa.Array, parse: object) -> pa.Array:
    coded = column.dictionary_encode()
    values = texts(parse(text) for text in coded.dictionary.to_pylist())  # type: ignore[operator]
    return values.take(coded.indices)


def _too_long(column: pa.Array) -> np.ndarray | None:
    """Texts beyond the length of a record's name, if there are any."""
    import pyarrow.compute as pc

    if not len(column) or (pc.max(pc.binary_length(column)).as_py() or 0) <= _LIMIT:
        return None
    return truth(pc.fill_null(pc.greater(pc.utf8_length(column), _LIMIT), False))


def _person(out: Mapping[str, pa.Array], size: int) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    known = [
        pc.binary_join_element_wise(word(sign), out[field], word(""))
        for sign, field in (("a:", "account"), ("e:", "email"), ("p:", "phone"), ("n:", "customer_name"))
        if field in out
    ]
    # A mere name is a customer only where a file has nothing better.
    if len(known) > 1 and "customer_name" in out:
        known.pop()
    return pc.coalesce(*known) if known else pa.nulls(size, pa.string())
