"""What a file seems to be, on which evidence, and what is doubtful: shown before anything is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perennial.stores.csv.mapping import amounts, dates
from perennial.stores.csv.mapping import fields as f
from perennial.stores.csv.mapping.files import Mapping as MappingFile
from perennial.stores.csv.mapping.normal import Plan
from perennial.stores.csv.mapping.states import UNKNOWN, parse_state
from perennial.stores.csv.mapping.synonyms import guess_columns, missing
from perennial.stores.csv.parser.evidence import tell
from perennial.stores.csv.parser.faults import Fault, Unreadable
from perennial.stores.csv.parser.reader import Reader
from perennial.values.money import check_currency
from perennial.values.reason import Reason
from perennial.values.time import zone as check_zone

if TYPE_CHECKING:
    import pyarrow as pa

_GIVEN, _ASSUMED, _USUAL = Reason.of("guess.given"), Reason.of("guess.assumed"), Reason.of("guess.usual")
_ZONES = {"online_retail": ("GBP", "Europe/London")}


@dataclass(frozen=True)
class Guess:
    """How a file is read. ``columns``: header name by field; ``unused``: headers without meaning to us.

    ``evidence`` says why for each thing decided, ``doubts`` what to look at before recording.
    """

    layout: str
    title: str
    container: str
    encoding: str
    delimiter: str
    columns: Mapping[str, str]
    unused: tuple[str, ...]
    by_line: bool
    dates: dates.Style
    decimal: str
    currency: str
    zone: str
    evidence: Mapping[str, Reason] = field(default_factory=dict)
    doubts: tuple[Reason, ...] = ()

    @property
    def plan(self) -> Plan:
        """What reading needs of it."""
        return Plan(self.columns, self.dates, self.decimal, self.currency, self.zone, self.layout, self.by_line)

    def lines(self) -> list[str]:
        """The guess in English, a line each."""
        e = {name: tell(why) for name, why in self.evidence.items()}
        shown = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        found = [
            f"layout: {self.title} ({e.get('layout', '')})",
            (
                f"file: {self.container}, {self.encoding} ({e.get('encoding', '')}), "
                f"{shown.get(self.delimiter, self.delimiter)}-separated ({e.get('delimiter', '')})"
            ),
            f"rows: {'lines of orders' if self.by_line else 'one order each'} ({e.get('rows', '')})",
            f"dates: {dates.NAMES[self.dates]} ({e.get('dates', '')}), zone {self.zone} ({e.get('zone', '')})",
            (
                f"amounts: decimal {self.decimal!r} ({e.get('decimal', '')}), currency {self.currency} "
                f"({e.get('currency', '')})"
            ),
            "columns: " + ", ".join(f"{name} = {column}" for name, column in self.columns.items()),
        ]
        if self.unused:
            found.append("not used: " + ", ".join(self.unused))
        return found + [f"doubt: {tell(doubt)}" for doubt in self.doubts]


def guess(reader: Reader, *, mapping: MappingFile | None, currency: str | None, zone: str | None) -> Guess:
    """Guess from the header and the first rows; ``mapping``, ``currency`` and ``zone`` are what was said.

    ``currency`` (of orders that state none) and ``zone`` are the store's, where there is a store.
    `Unreadable` where the header is not understood.
    """
    names = reader.header.names
    evidence = {"encoding": reader.encoding.evidence, "delimiter": reader.header.evidence}
    doubts = [*reader.header.doubts, *([reader.encoding.doubt] if reader.encoding.doubt else [])]
    layout, title, columns, why = _columns(reader, mapping)
    evidence["layout"] = why
    sample = _Sample(reader)
    columns = _line_or_total(columns, sample, layout, doubts)
    by_line = layout in ("shopify", "online_retail") or bool(columns.keys() & (set(f.OF_LINES) - {"line_total"}))
    evidence["rows"] = Reason.of("guess.products" if by_line else "guess.no_products")
    money = [t for name in f.AMOUNTS if name in columns for t in sample.texts(columns[name])]
    amount_style = amounts.decide(money, reader.header.dialect.delimiter)
    decimal = (mapping and mapping.decimal) or amount_style.decimal
    evidence["decimal"] = _GIVEN if mapping and mapping.decimal else amount_style.evidence
    if amount_style.doubt and not (mapping and mapping.decimal):
        doubts.append(amount_style.doubt)
    usual = _ZONES.get(layout, ("", ""))
    mapped = mapping or MappingFile({})
    currency_, evidence["currency"] = _currency(columns, amount_style, currency or mapped.currency, usual[0])
    if evidence["currency"] == _ASSUMED:
        doubts.append(Reason.of("doubt.currency", currency=currency_))
    given_zone = zone or mapped.zone
    zone_ = given_zone or usual[1] or "UTC"
    check_zone(zone_)
    evidence["zone"] = _GIVEN if given_zone else _USUAL if usual[1] else _ASSUMED
    american = currency_ == "USD"
    date_texts = sample.texts(columns["ordered_at"])
    date_style = dates.decide(date_texts, american=american)
    if mapping and mapping.dates:
        date_style = dates.DateStyle(mapping.dates, _GIVEN)
    evidence["dates"] = date_style.evidence
    doubts += [date_style.doubt] if date_style.doubt else []
    doubts += _state_doubts(columns, sample)
    if "customer_name" in columns and not columns.keys() & {"account", "email", "phone"}:
        doubts.append(Reason.of("doubt.names_only"))
    if not sample.rows:
        doubts.append(Reason.of("doubt.no_rows"))
    used = set(columns.values())
    return Guess(
        layout, title, reader.container.kind, reader.encoding.name, reader.header.dialect.delimiter, columns,
        tuple(name for name in names if name not in used), by_line, date_style.style, decimal, currency_, zone_,
        evidence, tuple(doubts),
    )  # fmt: skip


class _Sample:
    """The first rows of the file."""

    def __init__(self, reader: Reader) -> None:
        block = next(iter(reader.blocks(size=1 << 18)), None)
        self._table: pa.Table = (block.table if block else reader.empty()).slice(0, 5000)
        self.rows: int = self._table.num_rows

    def texts(self, name: str) -> list[str]:
        found: list[str] = self._table[name].to_pylist()
        return found


def _columns(reader: Reader, mapping: MappingFile | None) -> tuple[str, str, Mapping[str, str], Reason]:
    names = reader.header.names
    file = reader.container.names[0]
    line = reader.header.line
    if mapping:
        gone = [column for column in mapping.columns.values() if column not in names]
        problem = f"there is no column {gone[0]!r}" if gone else ""
        lacks = missing(mapping.columns)
        problem = problem or (f"it does not say where {lacks[0]} is" if lacks else "")
        if problem:
            raise Unreadable(Fault(file, line, "", Reason.of("csv.bad_mapping", problem=problem)))
        return f.PLAIN, "as the mapping file says", mapping.columns, _GIVEN
    known = recognise_export(names)
    if known:
        return known
    if _looks_like_data(reader.header.raw):
        raise Unreadable(Fault(file, line, "", Reason.of("csv.no_header")))
    columns = guess_columns(names)
    lacks = missing(columns)
    if lacks:
        raise Unreadable(Fault(file, line, "", Reason.of("csv.unknown_layout", missing=" and ".join(lacks))))
    return f.PLAIN, "plain orders", columns, Reason.of("guess.columns")


def recognise_export(names: tuple[str, ...]) -> tuple[str, str, Mapping[str, str], Reason] | None:
    """Key, title, columns and evidence of a shop's export, by its header."""
    found = f.recognise(names)
    if not found:
        return None
    layout, columns = found
    told = ", ".join(group[0] for group in layout.tells)
    return layout.key, layout.title, columns, Reason.of("guess.header", names=told)


def _looks_like_data(raw: tuple[str, ...]) -> bool:
    """A header names things; a row of data holds a date or an amount."""
    filled = [cell for cell in raw if cell.strip()]
    numeric = 0
    for cell in filled:
        try:
            numeric += dates.read(cell, "day_first") is not None
        except amounts.Wrong:
            try:
                numeric += amounts.parse_amount(cell, ".") is not None
            except amounts.Wrong:
                continue
    return bool(filled) and numeric * 3 >= len(filled)


def _line_or_total(columns: Mapping[str, str], sample: _Sample, layout: str, doubts: list[Reason]) -> Mapping[str, str]:
    """An order total that differs from row to row of one order is the row's amount, whatever its name."""
    if layout != f.PLAIN or "total" not in columns or "line_total" in columns or "order" not in columns:
        return columns
    seen: dict[str, str] = {}
    for order, total in zip(sample.texts(columns["order"]), sample.texts(columns["total"]), strict=True):
        if total and seen.setdefault(order, total) != total:
            doubts.append(Reason.of("doubt.row_amount", column=columns["total"], order=order))
            return {("line_total" if name == "total" else name): column for name, column in columns.items()}
    return columns


def _currency(
    columns: Mapping[str, str], style: amounts.AmountStyle, given: str | None, usual: str
) -> tuple[str, Reason]:
    """The currency of orders that state none, and why."""
    if given:
        return check_currency(given), _GIVEN
    if usual:
        return usual, _USUAL
    if "currency" in columns:
        why = Reason.of("guess.currency_by_row", column=columns["currency"])
    else:
        why = Reason.of("guess.currency_sign") if style.currency else _ASSUMED
    return style.currency or "EUR", why


def _state_doubts(columns: Mapping[str, str], sample: _Sample) -> list[Reason]:
    doubts = []
    for name in f.STATES:
        if name in columns:
            words = {t for t in sample.texts(columns[name]) if t.strip() and parse_state(t) == UNKNOWN}
            if words:
                shown = ", ".join(sorted(words)[:5])
                doubts.append(Reason.of("doubt.states", column=columns[name], states=shown))
    return doubts
