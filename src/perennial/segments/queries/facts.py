"""The tables that rules are judged on: the mirror for everybody, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable

from perennial.segments.queries.beside import beside_arrow, beside_rows, names_in
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.tables import Beside


def beside(*, brand_id: int, rules: Iterable[Rule]) -> Beside:
    """What stands beside the mirror, of everybody, as far as these rules read it."""
    import ibis

    found = beside_rows(brand_id=brand_id, names=names_in(rules), customers=None)
    return Beside(**{name: ibis.memtable(table) for name, table in beside_arrow(found).items()})
