"""Writing down what was decided, for the yes and for the no, in the transaction of its effect."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from perennial.database import ids
from perennial.facts.models.loop import Decision
from perennial.values.hashing import canonical
from perennial.values.reason import Reason

_REFERENCE = re.compile(r"[a-z][a-z0-9_]*:[^@\s]+@\d+")


def decide(
    *,
    brand_id: int,
    kind: str,
    subject_id: int,
    customer_id: int | None,
    documents: Sequence[str],
    inputs: Mapping[str, Any],
    outcome: Mapping[str, Any],
    reasons: Sequence[Reason],
    now: datetime,
) -> Decision:
    """Store a decision so that it can be computed again, equal to the byte.

    ``documents``: the rules that decided, each as ``kind:key@version``. ``inputs``: all the pure rule was
    given besides, in canonical JSON, without personal data (ids, not names). Raises ValueError for a
    document without version or inputs that are no JSON.
    """
    if wrong := [reference for reference in documents if not _REFERENCE.fullmatch(reference)]:
        raise ValueError(f"{wrong[0]!r} names no version of a document: write kind:key@version")
    decision = Decision(
        id=ids.new(),
        brand_id=brand_id,
        kind=kind,
        subject_id=subject_id,
        customer_id=customer_id,
        documents=sorted(documents),
        inputs=json.loads(canonical(inputs)),
        outcome=json.loads(canonical(outcome)),
        reasons=[reason.as_json() for reason in reasons],
        at=now,
    )
    with transaction.atomic():
        decision.save(force_insert=True)
    return decision
