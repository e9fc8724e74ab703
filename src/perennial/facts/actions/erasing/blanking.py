"""Erasing as statements: each table of `rules.personal`, how its rows are reached, and what becomes of them.

``blank`` sets a column to nothing (null where it may be, else an empty text or list); ``delete`` in one
column deletes the row. A row that holds nothing personal any more is not written again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connection, models

from perennial.facts.rules.personal import PERSONAL

# How rows belong to a customer, where it is not by ``customer_id``: the column, and whose ids stand in it.
_REACHED: dict[str, tuple[str, str]] = {
    "customer": ("id", "customer"),
    "line": ("order_id", "order"),
    "refund": ("order_id", "order"),
    "fulfilment": ("order_id", "order"),
}
# Keyed hashes that stay, and the names they replace: `erase` itself deals with these. Whoever is at a mailing
# service is deleted by `channels`, which hears of the erasure, once the service has let go of them.
BY_HAND = frozenset({"ref", "suppression", "erasure", "audience_member"})
# Of a person there may be very many of these: they are taken in chunks.
LONG = ("order", "line", "refund", "fulfilment", "cart", "rating", "behaviour", "sighting")
# What the staff writes, or what is derived: what arrives from a shop touches neither.
_OF_THE_DESK = frozenset({"note", "word", "merge"})


@lru_cache(maxsize=1)
def tables() -> dict[str, type[models.Model]]:
    """The tables in which a person can stand, by name."""
    found = {model._meta.db_table: model for model in apps.get_app_config("perennial").get_models()}
    return {name: found[name] for name in PERSONAL if name not in BY_HAND}


def short_tables() -> list[str]:
    """Tables of which a person has few rows."""
    return [name for name in tables() if name not in LONG]


def reached(table: str) -> tuple[str, str]:
    """(column, whose ids stand in it: customer or order)."""
    return _REACHED.get(table, ("customer_id", "customer"))


def deletes(table: str) -> bool:
    """Whether a person's rows of a table go, or are blanked."""
    return "delete" in PERSONAL[table].values()


def _blank(field: models.Field[Any, Any]) -> tuple[str, str]:
    """What a column is set to, and the condition that it holds something."""
    name = f'"{field.column}"'
    if field.null:
        return f"{name} = NULL", f"{name} IS NOT NULL"
    if isinstance(field, models.JSONField):
        return f"{name} = '[]'", f"CAST({name} AS text) <> '[]'"
    return f"{name} = ''", f"{name} <> ''"


@lru_cache(maxsize=64)
def _blanking(table: str) -> tuple[str, str]:
    model = tables()[table]
    fields = [model._meta.get_field(column) for column, rule in sorted(PERSONAL[table].items()) if rule == "blank"]
    parts = [_blank(field) for field in fields]  # type: ignore[arg-type]
    return ", ".join(part for part, _ in parts), " OR ".join(full for _, full in parts)


def _among(column: str) -> str:
    listed = "IN (SELECT value FROM json_each(%s))" if _sqlite() else "= ANY(%s)"
    return f'"{column}" {listed}'


def _sqlite() -> bool:
    return connection.vendor == "sqlite"


def _ids(values: Sequence[int]) -> Any:
    return json.dumps(list(values)) if _sqlite() else list(values)


def erase_rows(table: str, brand_id: int, ids: Sequence[int], column: str | None = None) -> int:
    """Erase the rows of a table whose ``column`` (default: as they are reached) is among ``ids``; how many."""
    if not ids:
        return 0
    column = column or reached(table)[0]
    hidden = "+" if _sqlite() and column == "id" else ""
    where = f'{hidden}"brand_id" = %s AND {_among(column)}'
    with connection.cursor() as cursor:
        if deletes(table):
            cursor.execute(f'DELETE FROM "{table}" WHERE {where}', [brand_id, _ids(ids)])  # noqa: S608  # from the models
        else:
            sets, full = _blanking(table)
            cursor.execute(
                f'UPDATE "{table}" SET {sets} WHERE {where} AND ({full})',  # noqa: S608  # from the models
                [brand_id, _ids(ids)],
            )
        return int(cursor.rowcount)


def count_rows(table: str, brand_id: int, customers: Sequence[int]) -> int:
    """How many rows of a table would change now."""
    if not customers:
        return 0
    column, owner = reached(table)
    among, given = _among(column), _ids(customers)
    if owner == "order":
        among = f'"{column}" IN (SELECT id FROM "order" WHERE brand_id = %s AND {_among("customer_id")})'  # noqa: S608
    hidden = "+" if _sqlite() and column == "id" else ""
    full = "" if deletes(table) else f" AND ({_blanking(table)[1]})"
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{table}" WHERE {hidden}"brand_id" = %s AND {among}{full}',  # noqa: S608
            [brand_id, brand_id, given] if owner == "order" else [brand_id, given],
        )
        (count,) = cursor.fetchone()
    return int(count)


def unname_products(brand_id: int, orders: Sequence[int]) -> int:
    """Products known only by what these orders' lines call them (an engraving ...) get another line's words, or none.

    To be called before the lines are blanked. The next line that names such a product names it anew.
    """
    if not orders:
        return 0
    mine, given = _among("order_id"), _ids(orders)
    others = f"o.brand_id = product.brand_id AND o.product_id = product.id AND o.title <> '' AND NOT o.{mine}"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE product SET version_hash = 0, title = COALESCE("  # noqa: S608  # from the models
            f"(SELECT o.title FROM line o WHERE {others} ORDER BY length(o.title) DESC, o.title LIMIT 1), '')"
            " WHERE brand_id = %s AND version_rank = -1 AND title <> '' AND id IN"
            f" (SELECT l.product_id FROM line l WHERE l.brand_id = %s AND l.{mine} AND l.title = product.title)"
            f" AND NOT EXISTS (SELECT 1 FROM line o WHERE {others} AND o.title = product.title)",
            [given, brand_id, brand_id, given, given],
        )
        return int(cursor.rowcount)


def order_ids(brand_id: int, customers: Sequence[int], after: int, limit: int) -> list[int]:
    """The next orders of these customers by rising id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT id FROM "order" WHERE brand_id = %s AND {_among("customer_id")} AND id > %s'  # noqa: S608
            " ORDER BY id LIMIT %s",
            [brand_id, _ids(customers), after, limit],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def own_keys(table: str, brand_id: int, customers: Sequence[int], limit: int) -> list[tuple[int, ...]]:
    """The keys of the next rows of a long table that still hold something of these customers."""
    key = "month, id" if table == "behaviour" else "id"
    full = "" if deletes(table) else f" AND ({_blanking(table)[1]})"
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {key} FROM "{table}" WHERE brand_id = %s AND {_among("customer_id")}{full} LIMIT %s',  # noqa: S608
            [brand_id, _ids(customers), limit],
        )
        return list(cursor.fetchall())


def unknown_visits(brand_id: int, visitors: Sequence[int], limit: int) -> list[tuple[int, ...]]:
    """The keys of the next visits, from before the visitors were known, that still hold something."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT month, id FROM behaviour WHERE brand_id = %s AND {_among('visitor_id')}"  # noqa: S608
            " AND customer_id IS NULL AND props IS NOT NULL LIMIT %s",
            [brand_id, _ids(visitors), limit],
        )
        return list(cursor.fetchall())


def erase_keys(table: str, keys: Sequence[tuple[int, ...]]) -> int:
    """Erase rows by their own keys: (id,), or (month, id) of visits; how many."""
    head = f'DELETE FROM "{table}"' if deletes(table) else f'UPDATE "{table}" SET {_blanking(table)[0]}'  # noqa: S608
    done = 0
    for month, group in _by_month(table, keys):
        partition = " AND month = %s" if month is not None else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"{head} WHERE {_among('id')}{partition}",
                [_ids(group), *([month] if month is not None else [])],
            )
            done += int(cursor.rowcount)
    return done


def _by_month(table: str, keys: Sequence[tuple[int, ...]]) -> Iterator[tuple[int | None, list[int]]]:
    if table != "behaviour":
        yield None, [key[0] for key in keys]
        return
    for month in sorted({key[0] for key in keys}):
        yield month, [key[1] for key in keys if key[0] == month]


def blank_all(brand_id: int, customers: Sequence[int]) -> None:
    """Erase whatever stands of these customers now, in the caller's transaction: for the few rows of a recording."""
    seen = apps.get_model("perennial", "Sighting").objects.filter(brand_id=brand_id, customer_id__in=customers)
    if visitors := sorted(set(seen.values_list("visitor_id", flat=True))):
        erase_keys("behaviour", unknown_visits(brand_id, visitors, 100_000))
    for table in tables():
        if reached(table)[1] == "customer" and table not in _OF_THE_DESK:
            erase_rows(table, brand_id, customers)
    after = 0
    while orders := order_ids(brand_id, customers, after, 5_000):
        for table in ("line", "refund", "fulfilment"):
            erase_rows(table, brand_id, orders)
        after = orders[-1]
