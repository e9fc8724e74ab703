"""Endpoints: stored answers. What is not computed yet is asked of the work loop, and told when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query

from perennial.figures.actions.compute_answers import want
from perennial.figures.queries.answers import is_due, stored
from perennial.insight.registry import ANSWERS
from perennial.values.ids import public
from perennial.web.api import shapes
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import Given, get
from perennial.web.api.paging import Cursor, Limit, Pager
from perennial.web.api.problems import Problem

# Which parameters may be given, and to which answers: each value makes an answer of its own to be computed.
PARAMETERS: Mapping[str, frozenset[str]] = {
    "horizon": frozenset({"retention_trend", "first_products", "first_categories"}),
    "days": frozenset({"product_conversion", "winning_and_keeping", "winning_by_channel"}),
    "window_days": frozenset({"rfm", "rfm_cuts", "rfm_groups"}),
    "patience": frozenset({"late_now", "delivery", "delivery_by_carrier", "delivery_by_month"}),
    "within": frozenset({"reasons", "reasons_summary", "reasons_trend"}),
    "n": frozenset({"favourite_products", "favourite_categories", "favourite_brands"}),
}
_PREFIXES = {
    "person_id": "cus", "customer_id": "cus", "order_id": "ord", "product_id": "prd", "store_id": "sto",
    "fulfilment_id": "ful", "ticket_id": "tic", "first_product_id": "prd",
}  # fmt: skip
_Days = Annotated[int | None, Query(None, ge=7, le=1095)]
_WAIT = "2"


class Described(shapes.Shape):
    """An answer that can be asked: what it is, and how it is computed."""

    name: str
    definition: str
    formula: str
    source: str
    parameters: list[str]


class Answers(shapes.Shape):
    """All answers there are."""

    items: list[Described]


class Answer(shapes.Shape):
    """A stored answer: rows by ``columns``, as of ``as_of``. Amounts are minor units of ``currency``.

    Of ``total`` rows the first 5,000 are kept. ``error``: why the last try to renew it failed.
    """

    name: str
    as_of: datetime
    currency: str
    columns: list[str]
    rows: list[list[Any]]
    total: int
    next: str | None
    error: str


class Awaited(shapes.Shape):
    """An answer that is being computed: ask again after Retry-After seconds. ``error``: why the last try failed."""

    name: str
    state: Literal["computing"]
    error: str


@get("/figures", tag="Figures", scope="figures:read")
def list_figures(caller: Caller) -> Answers:
    """List the answers there are

    With the definition and formula of each, and the parameters that it takes.
    """
    del caller
    return Answers(
        items=[
            Described(
                name=name, definition=one.definition, formula=one.formula, source=one.source,
                parameters=sorted(parameter for parameter, names in PARAMETERS.items() if name in names),
            )
            for name, one in sorted(ANSWERS.items())
        ]
    )  # fmt: skip


@get(
    "/figures/{name}", tag="Figures", scope="figures:read", gives={200: Answer, 202: Awaited},
    problems=("not_found", "cursor", "list_changed"),
)  # fmt: skip
def read_figures(
    caller: Caller,
    *,
    name: str,
    limit: Limit,
    cursor: Cursor,
    store: Annotated[str | None, Query(None, max_length=255, description="key or id of a store; else all stores")],
    horizon: _Days,
    days: _Days,
    window_days: _Days,
    patience: Annotated[int | None, Query(None, ge=0, le=365)],
    within: _Days,
    n: Annotated[int | None, Query(None, ge=1, le=20)],
) -> Answer | Given:
    """Read an answer

    200 with the rows as computed last; 202 with Retry-After where nobody asked before. What is older than a day is
    given as it is and computed anew. Lists of people come in pages. A key that is bound to a store gets that
    store's figures.
    """
    if name not in ANSWERS:
        raise Problem("not_found", "There is no such answer: GET /figures lists those there are.")
    given = {"horizon": horizon, "days": days, "window_days": window_days, "patience": patience, "within": within,
             "n": n}  # fmt: skip
    params = {parameter: value for parameter, value in given.items() if value is not None}
    if wrong := [parameter for parameter in params if name not in PARAMETERS[parameter]]:
        errors = [{"parameter": parameter, "detail": f"means nothing to {name}"} for parameter in wrong]
        raise Problem("invalid", "A parameter does not belong to this answer.", errors)
    store_id = caller.store_id or (caller.store(store).id if store else 0)
    if store and caller.store_id:
        caller.store(store)  # refuses another store than the key's own
    found = stored(brand_id=caller.brand_id, name=name, params=params, store_id=store_id)
    if found is None or found.body is None:
        asked = found is not None and found.wanted_at is not None
        if not asked:
            want(brand_id=caller.brand_id, name=name, params=params or None, store_id=store_id, now=caller.now)
        error = found.error if found is not None and not asked else ""
        return Given(Awaited(name=name, state="computing", error=error), 202, {"Retry-After": _WAIT})
    if is_due(found, now=caller.now):
        want(brand_id=caller.brand_id, name=name, params=params or None, store_id=store_id, now=caller.now)
    as_of, computed_at = found.as_of, found.computed_at
    assert as_of is not None  # noqa: S101  # a body has them
    assert computed_at is not None  # noqa: S101
    pager = Pager(caller, f"figures:{name}", store=store_id, **params)
    start, seen = pager.after(cursor) or [0, computed_at.isoformat()]
    if seen != computed_at.isoformat():
        raise Problem("list_changed", "The answer was computed anew since the first page.")
    columns: list[str] = found.body["columns"]
    rows = found.body["rows"][start : start + limit + 1]
    more = len(rows) > limit
    return Answer(
        name=name, as_of=as_of, currency=caller.brand.currency, columns=columns,
        rows=[_row(columns, row) for row in rows[:limit]], total=found.total,
        next=pager.next([start + limit, seen]) if more else None, error=found.error,
    )  # fmt: skip


def _row(columns: list[str], row: list[Any]) -> list[Any]:
    return [
        public(_PREFIXES[column], value) if column in _PREFIXES and isinstance(value, int) and value > 0 else value
        for column, value in zip(columns, row, strict=True)
    ]
