"""What the pages keep of a person beside the facts: saved searches.

Answers to machines' calls are kept too, but hold ids and counts alone.
"""

from __future__ import annotations

import json
from datetime import datetime

from django.db import transaction

from perennial.facts.actions.erasing.person import Known
from perennial.web.models import SavedView


def forget(brand_id: int, known: Known, now: datetime) -> None:  # noqa: ARG001  # as every room forgets
    """Remove saved lists that search for the person."""
    views = [
        id_
        for id_, name, query in SavedView.objects.filter(brand_id=brand_id).values_list("id", "name", "query")
        if known.named_in(f"{name} {json.dumps(query, ensure_ascii=False)}")
    ]
    with transaction.atomic():
        SavedView.objects.filter(brand_id=brand_id, id__in=views).delete()
