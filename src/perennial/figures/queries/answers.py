"""Stored answers, and what they are computed under."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from perennial.documents.queries import effective
from perennial.facts.models.brands import Brand
from perennial.facts.rules.reporting import KIND, Reporting
from perennial.figures.models import Answer
from perennial.figures.rules.answers import table_of
from perennial.insight.tables import AsOf, Treatment
from perennial.values.hashing import fingerprint

if TYPE_CHECKING:
    from perennial.figures.rules.figures import Population

POPULATION = ("rfm_cuts", "rhythm_store", "dormancy")
A_DAY = timedelta(hours=26)  # what is computed nightly is never older while the work loop runs


def treatment(brand_id: int, at: datetime) -> Treatment:
    """What counts as revenue for a brand, by its reporting document in force at ``at``."""
    sums = (effective(KIND, brand_id=brand_id, key="default", at=at) or Reporting()).sums
    return Treatment(tax=sums.tax, shipping=sums.shipping)


def moment(brand_id: int, at: datetime) -> AsOf:
    """An instant as the brand's own calendar has it."""
    return AsOf.moment(at, Brand.objects.values_list("zone", flat=True).get(id=brand_id))


def stored(*, brand_id: int, name: str, params: dict[str, Any] | None = None, store_id: int = 0) -> Answer | None:
    """An answer as computed last; None if it never was asked for. ``body`` None: not yet computed."""
    key = fingerprint(params or {})
    return Answer.objects.filter(brand_id=brand_id, store_id=store_id, name=name, params_key=key).first()


def is_due(answer: Answer, *, now: datetime, fresh: timedelta = A_DAY) -> bool:
    """Whether whoever reads an answer should ask for it (again): it is older than ``fresh`` and nobody did.

    Nothing else renews lists of people and answers with params of their own, so that those nobody looks at any
    more cost nothing. One that failed is tried again at night; whoever looks is told why it failed.
    """
    if answer.wanted_at is not None or answer.error:
        return False
    return answer.body is None or answer.computed_at is None or answer.computed_at < now - fresh


def population(brand_id: int) -> tuple[Population, datetime] | None:
    """What single people are measured against, as computed last for everybody, and as of when."""
    import ibis

    from perennial.figures.rules.figures import Population

    found = [stored(brand_id=brand_id, name=name) for name in POPULATION]
    parts: list[Any] = []
    for answer in found:
        if answer is None or answer.body is None:
            return None
        parts.append(ibis.memtable(table_of(answer.body)))
    as_of = min(answer.as_of for answer in found if answer is not None and answer.as_of is not None)
    return Population(*parts), as_of
