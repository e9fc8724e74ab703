"""Customers of a brand, recorded as a shop would state them."""

from __future__ import annotations

from datetime import UTC, datetime

from perennial.facts.rules import records as r

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


class House:
    """A brand with one store, or several: whoever is recorded, and what stands on its lists."""

    def __init__(self, brand: str = "main") -> None:
        from perennial.facts.actions.stores import open_store, source_of

        self.store = open_store(now=NOW, currency="EUR", zone="Europe/Madrid", locale="es-ES", brand=brand)
        self.brand_id = self.store.brand_id
        self.source = source_of(self.store, "test")

    def meet(self, *whom: r.Who, history: bool = False) -> list[int]:
        """Record that these people are customers; gives back their ids."""
        from perennial.facts.actions.record import record
        from perennial.facts.models.people import Customer

        batch = r.Batch(customers=tuple(r.Customer(who=who, updated_at=NOW, created_at=NOW) for who in whom))
        record(batch, source=self.source, now=NOW, history=history)
        found = Customer.objects.filter(brand_id=self.brand_id).order_by("id")
        return list(found.values_list("id", flat=True))

    def a_list(self, title: str = "Spring fair") -> int:
        from perennial.segments.actions.lists import make_list

        return make_list(brand_id=self.brand_id, title=title, now=NOW).id

    def add(self, list_id: int, text: str, kind: str = ""):
        """Add pasted text, as a page does; gives back what became of it."""
        from perennial.segments.actions.list_files import Told, add_rows, way_of
        from perennial.segments.rules.listing_rows import rows_of_text

        rows = rows_of_text(text, way_of(brand_id=self.brand_id, kind=kind))
        steps = add_rows(brand_id=self.brand_id, list_id=list_id, rows=rows, told=Told(), now=NOW)
        return [Told(), *steps][-1]

    def match(self) -> None:
        """What the loop does once somebody got a name."""
        from perennial.segments.actions.match_listed import match_steps

        list(match_steps(brand_id=self.brand_id, now=NOW))

    def counts(self, list_id: int) -> tuple[int, int]:
        """(matched, waiting) as kept, which must be what stands there."""
        from perennial.segments.models import Listed, StaticList

        kept = StaticList.objects.values_list("counts", flat=True).get(id=list_id)
        rows = Listed.objects.filter(list_id=list_id)
        matched = set(rows.exclude(customer_id=None).values_list("kind", "value", "store_id"))
        waiting = rows.filter(customer_id=None).count()
        assert (kept["matched"], kept["waiting"]) == (len(matched), waiting)
        return kept["matched"], kept["waiting"]

    def judged_again(self) -> set[int]:
        """Whom segments have to judge again; asked once."""
        from perennial.facts.models.loop import Touched

        marks = Touched.objects.filter(brand_id=self.brand_id, reader="segments")
        found = set(marks.values_list("customer_id", flat=True))
        marks.delete()
        return found
