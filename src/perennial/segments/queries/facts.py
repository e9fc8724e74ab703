"""The tables that rules are judged on: the mirror for everybody, the database for a few people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from perennial.segments.queries.beside import beside_arrow, beside_rows, names_in
from perennial.segments.queries.few import histories_of_few
from perennial.segments.rules.history import History
from perennial.segments.rules.reads import together
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.tables import Beside


def beside(*, brand_id: int, rules: Iterable[Rule]) -> Beside:
    """What stands beside the mirror, of everybody, as far as these rules read it."""
    import ibis

    found = beside_rows(brand_id=brand_id, names=names_in(rules), customers=None)
    return Beside(**{name: ibis.memtable(table) for name, table in beside_arrow(found).items()})


def histories_of(*, brand_id: int, customers: Sequence[int], rules: Sequence[Rule]) -> dict[int, History]:
    """The histories of the people these customers are, as far as these rules read them.

    ``customers``: all who are those people (`facts.queries.one_person`).
    """
    read = together(rules)
    found = beside_rows(brand_id=brand_id, names=names_in(rules), customers=customers)
    return histories_of_few(brand_id=brand_id, customers=customers, names=read.tables, beside=beside_arrow(found))
