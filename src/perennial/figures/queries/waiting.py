"""Whether there is something to do: each is one look at an index, asked every second."""

from __future__ import annotations

from perennial.facts.actions.loop_marks import REPLACED
from perennial.facts.models.loop import Dirty, Touched
from perennial.figures.models import Answer

READER = "figures"


def mirror_is_behind(brand_id: int) -> bool:
    """Months are dirty, replaced files have to go, or there is no mirror of this version yet."""
    from perennial.figures.queries.mirror import manifest
    from perennial.figures.rules.manifest import TABLES

    behind = Dirty.objects.filter(brand_id=brand_id, table__in=[*TABLES, REPLACED]).exists()
    return behind or manifest(brand_id) is None


def somebody_is_touched(brand_id: int) -> bool:
    """Facts of a customer changed since their figures were computed."""
    return Touched.objects.filter(brand_id=brand_id, reader=READER).exists()


def an_answer_is_wanted(brand_id: int) -> bool:
    """Somebody waits for an answer."""
    return Answer.objects.filter(brand_id=brand_id, wanted_at__isnull=False).exists()
