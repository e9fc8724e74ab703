"""A made-up store recorded by facts and mirrored by figures gives the tables that it gives by itself."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from perennial.facts.actions.record import record
from perennial.facts.actions.stores import open_store, source_of
from perennial.figures.actions.refresh_mirror import refresh_mirror
from perennial.figures.queries import mirror
from perennial.insight.tables import SCHEMA
from perennial.simulator.batches import batches
from perennial.simulator.tables import tables
from perennial.values.time import LocalDay
from tests.simulator.shops import UNTIL, small

pytestmark = pytest.mark.django_db(transaction=True)

# Facts make numbers of their own: rows are compared without them, and with whether there is one.
LATER = UNTIL + timedelta(hours=1)


def plain(name: str, rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """How often each row stands in a table; of identifiers only whether they are known."""
    return Counter(tuple((row[c] is not None) if c.endswith("_id") else row[c] for c in SCHEMA[name]) for row in rows)


@pytest.mark.parametrize("included", [True, False])
def test_records_become_the_same_tables(included):
    config = small(customers=60, months=12, products=24, taxes_included=included)
    store = open_store(now=UNTIL, currency="EUR", zone=config.zone, locale="es-ES")
    for batch in batches(config, records=1_000):
        record(batch, source=source_of(store, "simulator"), now=LATER, history=True)
    refresh_mirror(brand_id=store.brand_id, now=LATER)
    mirrored, own = mirror.tables(store.brand_id), tables(config)
    for name in SCHEMA.keys() - {"aliases", "behaviour"}:
        found, wanted = getattr(mirrored, name).to_pyarrow().to_pylist(), own[name].to_pylist()
        assert wanted, name
        assert plain(name, found) == plain(name, wanted), name
    # Behaviour is kept for 400 days only.
    oldest = LocalDay.of(LATER - timedelta(days=400), config.zone).month
    events = [e for e in own["behaviour"].to_pylist() if LocalDay(e["day"]).month >= oldest]
    assert plain("behaviour", mirrored.behaviour.to_pyarrow().to_pylist()) == plain("behaviour", events)
    # The only people joined are those who share an address, and nothing has confirmed them.
    people = mirrored.aliases.to_pyarrow().to_pylist()
    assert not any(alias["confirmed"] for alias in people)
