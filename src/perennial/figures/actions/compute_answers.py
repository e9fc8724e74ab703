"""Compute answers of `insight` and keep them, nightly and when somebody waits for one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, F, When

from perennial.database import ids
from perennial.facts.models.brands import Store
from perennial.figures.models import Answer
from perennial.figures.queries.answers import moment, treatment
from perennial.figures.queries.mirror import tables, undisturbed
from perennial.figures.rules.answers import MOST_ROWS, body_of
from perennial.insight.registry import ANSWERS
from perennial.insight.tables import AsOf, Tables
from perennial.values.hashing import fingerprint
from perennial.values.reason import named

if TYPE_CHECKING:
    import ibis.expr.types as ir

log = logging.getLogger("perennial.figures")
_ERROR = 255


def want(*, brand_id: int, name: str, params: dict[str, Any] | None = None, store_id: int = 0, now: datetime) -> Answer:
    """Ask for an answer to be computed soon; gives back the row, with the body it has until then.

    KeyError if there is no such answer. ``params`` are those of the function in `insight`.
    """
    ANSWERS[name]
    key = {"brand_id": brand_id, "store_id": store_id, "name": name, "params_key": fingerprint(params or {})}
    with transaction.atomic():
        made, _ = Answer.objects.get_or_create(**key, defaults={"id": ids.new(), "params": params or {}})
        if made.wanted_at is None:
            Answer.objects.filter(id=made.id).update(wanted_at=now)
    made.refresh_from_db()
    return made


def want_again(*, brand_id: int, now: datetime) -> None:
    """Ask for every answer that was computed once: what it counts has changed.

    Those that somebody waits for already, too: one that is being computed at this moment counts as before.
    """
    with transaction.atomic():
        Answer.objects.filter(brand_id=brand_id).update(wanted_at=now)


def wanted_steps(*, brand_id: int, now: datetime) -> Iterator[str]:
    """Compute the answers that somebody waits for, the longest waiting first; yields their names."""
    waiting = list(Answer.objects.filter(brand_id=brand_id, wanted_at__isnull=False).order_by("wanted_at", "id"))
    if not waiting:
        return
    with undisturbed(brand_id):
        t = tables(brand_id)
        for answer in waiting:
            _compute(t, answer.name, answer.params, brand_id=brand_id, store_id=answer.store_id, now=now)
            yield answer.name


def all_steps(*, brand_id: int, now: datetime) -> Iterator[str]:
    """Compute every answer that is not a list of people, for the brand and for each store of several.

    An answer that fails keeps its error and its old body, and stops no other. What failed when somebody asked for
    it, with params of its own or as a list of people, is tried again, too.
    """
    with undisturbed(brand_id):
        yield from _all(tables(brand_id), brand_id, now)


def _all(t: Tables, brand_id: int, now: datetime) -> Iterator[str]:
    done: set[tuple[int, str]] = set()
    stores = list(Store.objects.filter(brand_id=brand_id).order_by("id").values_list("id", flat=True))
    for store_id in [0, *(stores if len(stores) > 1 else [])]:
        for name in ANSWERS:
            if _compute(t, name, {}, brand_id=brand_id, store_id=store_id, now=now, people=False):
                done.add((store_id, name))
                yield name
    for answer in Answer.objects.filter(brand_id=brand_id).exclude(error="").order_by("id"):
        if not answer.params and (answer.store_id, answer.name) in done:
            continue
        _compute(t, answer.name, answer.params, brand_id=brand_id, store_id=answer.store_id, now=now)
        yield answer.name


def keep(
    *,
    brand_id: int,
    name: str,
    found: ir.Table,
    now: datetime,
    params: dict[str, Any] | None = None,
    store_id: int = 0,
) -> None:
    """Store what ``found`` gives as the answer ``name`` as of ``now``."""
    rows = found.limit(MOST_ROWS + 1).to_pyarrow()
    total = rows.num_rows if rows.num_rows <= MOST_ROWS else int(found.count().execute())
    _save(
        {"brand_id": brand_id, "store_id": store_id, "name": name, "params_key": fingerprint(params or {})},
        params=params or {},
        as_of=now,
        computed_at=now,
        wanted_at=_unless_later(now),
        total=total,
        body=body_of(rows.slice(0, MOST_ROWS)),
        error="",
    )


def _compute(
    t: Tables,
    name: str,
    params: dict[str, Any],
    *,
    brand_id: int,
    store_id: int,
    now: datetime,
    people: bool = True,
) -> bool:
    """Ask and keep; False if the answer is a list of people and ``people`` are not wanted."""
    try:
        found = _ask(t.for_store(store_id) if store_id else t, name, params, brand_id, now)
        if not people and {"person_id", "customer_id"} & set(found.columns):
            return False
        keep(brand_id=brand_id, name=name, found=found, now=now, params=params, store_id=store_id)
    except Exception as error:  # the error is kept with the answer, where whoever asked sees it
        log.exception("answer %s failed for brand %s", name, brand_id)
        key = {"brand_id": brand_id, "store_id": store_id, "name": name, "params_key": fingerprint(params)}
        _save(key, params=params, wanted_at=_unless_later(now), error=named(error, _ERROR))
    return True


def _unless_later(now: datetime) -> Case:
    """The wish is fulfilled, unless it was made after ``now``: then it was for something else than was counted."""
    return Case(When(wanted_at__gt=now, then=F("wanted_at")), default=None)


def _ask(t: Tables, name: str, params: dict[str, Any], brand_id: int, now: datetime) -> ir.Table:
    answer = ANSWERS[name]
    as_of: AsOf = moment(brand_id, now)
    options = dict(params)
    if "treatment" in _parameters(name):
        options.setdefault("treatment", treatment(brand_id, now))
    return answer.ask(t, as_of, **options)


def _parameters(name: str) -> set[str]:
    import inspect

    return set(inspect.signature(ANSWERS[name].load()).parameters)


def _save(key: dict[str, Any], **values: Any) -> None:  # columns of the table
    with transaction.atomic():
        if not Answer.objects.filter(**key).update(**values):
            Answer.objects.create(id=ids.new(), **key, **{**values, "wanted_at": None})
