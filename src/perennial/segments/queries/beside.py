"""What rules read beside the mirror: straight from the database, of some customers or of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from perennial.facts.actions.suppress import Channel, NoAddress, suppression_hash
from perennial.facts.models.people import Attribute as AttributeRow
from perennial.facts.models.people import Beneficiary, Consent, Customer, Identity, Suppression
from perennial.figures.models import CustomerFigures
from perennial.segments.models import Label, Listed, Score, StaticList
from perennial.segments.rules.conditions.dated import Yearly
from perennial.segments.rules.conditions.named import Labelled, Member
from perennial.segments.rules.conditions.named import Score as Scored
from perennial.segments.rules.conditions.standing import Attribute, Permission
from perennial.segments.rules.history import folded
from perennial.segments.rules.rule import Rule, conditions
from perennial.segments.rules.scores import scores
from perennial.segments.rules.tables import BESIDE
from perennial.values.time import LocalDay, to_us

if TYPE_CHECKING:
    import pyarrow as pa
    from django.db.models import QuerySet

Row = tuple[Any, ...]
_ADDRESS = {"email": "email", "sms": "phone", "phone": "phone"}


@dataclass(frozen=True, slots=True)
class Names:
    """What rules ask for by name: only that is read."""

    attributes: frozenset[str]
    yearly: frozenset[str]
    channels: frozenset[str]
    labels: frozenset[str]
    lists: frozenset[str]
    scores: frozenset[str]


def names_in(rules: Iterable[Rule]) -> Names:
    """The names in some rules."""
    found: dict[str, set[str]] = {name: set() for name in Names.__slots__}
    for rule in rules:
        for one in conditions(rule):
            match one:
                case Attribute():
                    found["attributes"].add(one.name)
                case Yearly(kind="beneficiary"):
                    found["yearly"].add(one.name or "")
                case Yearly():
                    found["attributes"].add(one.name or "birthday")
                case Permission():
                    found["channels"].add(one.channel)
                case Labelled():
                    found["labels"].add(one.name)
                case Member(kind="listed"):
                    found["lists"].add(one.name)
                case Scored():
                    found["scores"].add(one.name)
    return Names(**{name: frozenset(values) for name, values in found.items()})


def beside_rows(*, brand_id: int, names: Names, customers: Sequence[int] | None) -> dict[str, list[Row]]:
    """The rows of each table of `BESIDE` in the order of its columns; ``customers`` None: of everybody."""
    return {
        "consents": list(_consents(brand_id, names, customers)),
        "attributes": list(_attributes(brand_id, names, customers)),
        "yearly": list(_yearly(brand_id, names, customers)),
        "labels": _labels(brand_id, names, customers),
        "listed": _listed(brand_id, names, customers),
        "scores": list(_scores(brand_id, names, customers)),
    }


def beside_arrow(found: dict[str, list[Row]]) -> dict[str, pa.Table]:
    """The same as Arrow tables."""
    import pyarrow as pa

    kinds = {"int64": pa.int64(), "string": pa.string(), "boolean": pa.bool_(), "float64": pa.float64()}
    made = {}
    for name, columns in BESIDE.items():
        values = list(zip(*found[name], strict=True)) or [()] * len(columns)
        arrays = [pa.array(list(column), kinds[kind]) for column, kind in zip(values, columns.values(), strict=True)]
        made[name] = pa.table(dict(zip(columns, arrays, strict=True)))
    return made


def _of(model: Any, brand_id: int, customers: Sequence[int] | None, column: str = "customer_id") -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(brand_id=brand_id)
    return rows if customers is None else rows.filter(**{f"{column}__in": customers})


def _consents(brand_id: int, names: Names, customers: Sequence[int] | None) -> Iterator[Row]:
    if not names.channels:
        return
    given = _of(Consent, brand_id, customers).filter(channel__in=sorted(names.channels))
    rows = list(given.values_list("customer_id", "channel", "purpose", "given", "at"))
    reached = _reached({channel for _, channel, *_ in rows}, brand_id, customers)
    for customer, channel, purpose, yes, at in rows:
        yield customer, channel, purpose, yes, to_us(at), channel not in reached or customer in reached[channel]


def _reached(channels: Set[str], brand_id: int, customers: Sequence[int] | None) -> dict[str, set[int]]:
    """By channel that needs an address: who has one that is not suppressed."""
    found: dict[str, set[int]] = {}
    if "post" in channels:
        posted = _of(Customer, brand_id, customers, "id").exclude(address=None)
        found["post"] = set(posted.values_list("id", flat=True))
    kinds = {channel: _ADDRESS[channel] for channel in sorted(channels & _ADDRESS.keys())}
    if not kinds:
        return found
    held = _of(Identity, brand_id, customers).filter(kind__in=set(kinds.values()), to_at=None)
    values = list(held.values_list("customer_id", "kind", "value"))
    for channel, kind in kinds.items():
        own = [(customer, value) for customer, of, value in values if of == kind]
        suppressed = _suppressed(channel, brand_id, None if customers is None else [value for _, value in own])
        found[channel] = {
            customer for customer, value in own if not suppressed or _hash(channel, value) not in suppressed
        }
    return found


def _suppressed(channel: str, brand_id: int, values: Sequence[str] | None) -> set[str]:
    """The hashes that are suppressed; ``values``: those of a few addresses alone."""
    rows = Suppression.objects.filter(brand_id=brand_id, channel=channel)
    if values is not None:
        rows = rows.filter(hash__in={_hash(channel, value) for value in values})
    return set(rows.values_list("hash", flat=True))


def _hash(channel: Any, value: str) -> str:
    of: Channel = channel
    try:
        return suppression_hash(of, value)
    except NoAddress:
        return ""


def _attributes(brand_id: int, names: Names, customers: Sequence[int] | None) -> Iterator[Row]:
    if not names.attributes:
        return
    rows = _of(AttributeRow, brand_id, customers).filter(name__in=names.attributes)
    for customer, name, type_, value in rows.values_list("customer_id", "name", "type", "value"):
        yield (
            customer, name,
            folded(str(value)) if type_ == "text" else None,
            float(value) if type_ == "number" else None,
            bool(value) if type_ == "bool" else None,
            _day(value) if type_ == "date" else None,
        )  # fmt: skip


def _yearly(brand_id: int, names: Names, customers: Sequence[int] | None) -> Iterator[Row]:
    if not names.yearly:
        return
    for customer, dates in _of(Beneficiary, brand_id, customers).values_list("customer_id", "dates"):
        # An erased person's are blank.
        for name, day in (dates or {}).items() if isinstance(dates, dict) else ():
            if name in names.yearly:
                yield customer, name, _day(day)


def _labels(brand_id: int, names: Names, customers: Sequence[int] | None) -> list[Row]:
    if not names.labels:
        return []
    rows = _of(Label, brand_id, customers).filter(name__in=names.labels)
    return [
        (customer, name, to_us(begins), None if ends is None else to_us(ends))
        for customer, name, begins, ends in rows.values_list("customer_id", "name", "from_at", "to_at")
    ]


def _listed(brand_id: int, names: Names, customers: Sequence[int] | None) -> list[Row]:
    if not names.lists:
        return []
    lists = StaticList.objects.filter(brand_id=brand_id, key__in=names.lists, retired_at=None)
    keys = dict(lists.values_list("id", "key"))
    rows = _of(Listed, brand_id, customers).filter(list_id__in=keys, customer_id__isnull=False)
    return [(customer, keys[list_id]) for customer, list_id in rows.values_list("customer_id", "list_id")]


def _scores(brand_id: int, names: Names, customers: Sequence[int] | None) -> Iterator[Row]:
    known = scores()
    of_figures = [known[name] for name in sorted(names.scores) if name in known and known[name].column is not None]
    columns = [(one.column or "", one.low, one.high) for one in of_figures]
    if columns:
        wanted = sorted({column for ends in columns for column in ends if column is not None})
        rows = _of(CustomerFigures, brand_id, customers, "id").values("id", *wanted)
        for row in rows.iterator(chunk_size=20_000):
            for one, (value, low, high) in zip(of_figures, columns, strict=True):
                if row[value] is not None:
                    ends = (None if end is None or row[end] is None else float(row[end]) for end in (low, high))
                    yield row["id"], one.name, float(row[value]), *ends
    if kept := names.scores - {one.name for one in of_figures}:
        rows = _of(Score, brand_id, customers).filter(name__in=kept)
        yield from rows.values_list("customer_id", "name", "value", "low", "high")


def _day(value: Any) -> int:
    return int(LocalDay.on(date.fromisoformat(str(value)[:10])))
