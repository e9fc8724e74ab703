"""What the pages and the API keep of a person beside the facts: saved searches, stored answers to calls."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import transaction

from perennial.facts.actions.erasing.person import Known
from perennial.web.models import Call, SavedView


def forget(brand_id: int, known: Known, now: datetime) -> None:  # noqa: ARG001  # as every room forgets
    """Remove saved lists that search for the person, and empty stored answers that name them.

    An emptied answer still keeps its call from having its effect twice.
    """
    views = [
        id_
        for id_, name, query in SavedView.objects.filter(brand_id=brand_id).values_list("id", "name", "query")
        if known.named_in(f"{name} {json.dumps(query, ensure_ascii=False)}")
    ]
    found: list[int] = []
    for value in sorted({value for value, _ in (*known.emails, *known.phones)}):
        found += Call.objects.filter(brand_id=brand_id, body__icontains=value).values_list("id", flat=True)
    with transaction.atomic():
        SavedView.objects.filter(brand_id=brand_id, id__in=views).delete()
        Call.objects.filter(brand_id=brand_id, id__in=found).update(body="{}")
