"""`lab.open`: from a file, a folder or a database to a shop."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.insight.tables import Tables, Treatment
from perennial.lab import database, parquet
from perennial.lab.engines import Files, connect, tables_of, tables_of_views
from perennial.lab.faults import Unopened
from perennial.lab.shop import Problem, Shop
from perennial.values.money import NO_CURRENCY, check_currency
from perennial.values.time import zone as check_zone

CSV = (".csv", ".tsv", ".txt", ".gz", ".zip")


def open_shop(
    source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    zone: str | None = None,
    currency: str | None = None,
    mapping: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    treatment: Treatment | None = None,
    engine: Any = None,
    brand: str | None = None,
    unmasked: bool = False,
) -> Shop:
    """Open orders for analysis: `shop = open("orders.csv")`, then `lab.rfm(shop)` and so on.

    ``source``: a CSV file of orders in any layout that `perennial import` recognises (also .gz and .zip); a
    Parquet file with a plain order table or the schema's orders; a folder of Parquet tables
    (`<table>.parquet` or `<table>/month=*.parquet`, as the mirror lies on disk) or of CSV files; several
    files as a list; the address of a Perennial database (sqlite:///file or postgresql://...), which is
    copied into Parquet first.

    ``zone``: the store's IANA time zone (default: the source's own, else UTC). ``currency``: of the amounts,
    where the source does not say. ``mapping``: names of columns, where they are not recognised. ``treatment``:
    whether tax and shipping count as revenue (default: neither). ``engine``: for folders of Parquet, a Spark
    session or any Ibis backend instead of DuckDB. ``brand``: which one, in a database of several. ``unmasked``:
    keep the names that a file has for its customers whole; by default they are masked (see `exports`).

    Raises `Unopened` (a ValueError), which names place and remedy, where there is nothing to read.
    """
    if zone is not None:
        check_zone(zone)
    if currency is not None:
        check_currency(currency)
    given = _Given(zone, currency, mapping, treatment or Treatment(), engine, brand, unmasked)
    if not isinstance(source, (str, os.PathLike)):
        return _files([Path(one) for one in source], given)
    text = os.fspath(source)
    if database.is_url(text):
        return _database(text, given)
    if "://" in text:
        raise Unopened(text, "this address is of no known kind", "give a path, sqlite:///file or postgresql://...")
    path = Path(text).expanduser()
    if not path.exists():
        raise Unopened(path, "there is no such file or folder", f"check the path; this is {Path.cwd()}")
    return _folder(path, given) if path.is_dir() else _files([path], given)


@dataclass(frozen=True, slots=True)
class _Given:
    """What the caller said; see `open_shop`."""

    zone: str | None
    currency: str | None
    mapping: str | os.PathLike[str] | Mapping[str, Any] | None
    treatment: Treatment
    engine: Any
    brand: str | None
    unmasked: bool


def _database(url: str, given: _Given) -> Shop:
    held = tempfile.TemporaryDirectory(prefix="perennial-lab-")
    brand, files = database.copy(url, Path(held.name), given.brand)
    if given.currency not in (None, brand.currency):
        raise Unopened(database.shown(url), f"its sums are in {brand.currency}", "leave currency out")
    return _parquet(database.shown(url), files, given, zone=brand.zone, currency=brand.currency, held=(held,))


def _folder(path: Path, given: _Given) -> Shop:
    files = parquet.tables_in(path)
    if files:
        return _parquet(str(path), files, given)
    listed = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    plain = [file for file in listed if file.suffix.lower() in parquet.SUFFIXES]
    texts = [file for file in listed if file.suffix.lower() in CSV]
    if plain and texts:
        raise Unopened(path, "it holds both CSV and Parquet files", "open the one or the other: lab.open([...])")
    if not plain and not texts:
        what = "it is empty" if not listed else "it holds neither CSV nor Parquet files"
        raise Unopened(path, what, "give a folder with orders, or a file")
    return _files(plain or texts, given, name=str(path))


def _files(paths: list[Path], given: _Given, name: str | None = None) -> Shop:
    if not paths:
        raise Unopened("no file", "the list is empty", "name at least one file")
    for path in paths:
        if not path.is_file():
            raise Unopened(path, "there is no such file", f"check the path; this is {Path.cwd()}")
        if path.stat().st_size == 0:
            raise Unopened(path, "the file is empty", "export it again from the shop")
    if name is None:
        name = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    if all(parquet.is_parquet(path) for path in paths):
        tables = parquet.in_schema(paths)
        if tables is not None:
            return _parquet(name, tables, given)
        held = tempfile.TemporaryDirectory(prefix="perennial-lab-")
        paths = [parquet.as_csv(path, Path(held.name)) for path in paths]
        return _csv(paths, given, name, held=(held,))
    return _csv(paths, given, name)


def _csv(paths: list[Path], given: _Given, name: str, held: tuple[object, ...] = ()) -> Shop:
    from perennial.lab.exports import read

    if given.engine is not None:
        raise Unopened(name, "another engine reads folders of Parquet tables only", "leave engine out")
    folder = tempfile.TemporaryDirectory(prefix="perennial-lab-")
    found = read(
        paths,
        Path(folder.name),
        zone=given.zone,
        currency=given.currency,
        mapping=given.mapping,
        unmasked=given.unmasked,
    )
    backend = connect()
    tables = tables_of_views(found.views, backend, Path(folder.name))
    return _shop(
        name,
        tables,
        backend,
        given,
        zone=found.zone,
        currency=found.currency,
        problems=found.problems,
        notes=found.notes,
        keys=found.keys,
        held=(folder, *held),
    )


def _parquet(
    name: str,
    files: Files,
    given: _Given,
    *,
    zone: str | None = None,
    currency: str | None = None,
    held: tuple[object, ...] = (),
) -> Shop:
    backend = connect(given.engine)
    return _shop(name, tables_of(files, backend), backend, given, zone=zone, currency=currency, held=held)


def _shop(
    name: str,
    tables: Tables,
    backend: Any,
    given: _Given,
    *,
    zone: str | None,
    currency: str | None,
    problems: tuple[Problem, ...] = (),
    notes: tuple[str, ...] = (),
    keys: Path | None = None,
    held: tuple[object, ...] = (),
) -> Shop:
    orders = tables.orders
    bounds = orders.aggregate(n=orders.count(), first=orders.ordered_day.min(), last=orders.ordered_day.max())
    (row,) = bounds.to_pyarrow().to_pylist()
    if not row["n"] or row["last"] is None:
        example = next((problem.example for problem in problems if problem.example), "")
        what = "no order in it could be read" if example else "it holds no orders"
        remedy = f"begin with this: {example}" if example else "export the orders again, with at least one order"
        raise Unopened(name, what, remedy.rstrip("."))
    return Shop(
        source=name,
        tables=tables,
        zone=given.zone or zone or "UTC",
        currency=given.currency or currency or NO_CURRENCY,
        treatment=given.treatment,
        engine=backend,
        first_day=int(row["first"]),
        last_day=int(row["last"]),
        problems=problems,
        notes=notes,
        keys=backend.read_parquet(str(keys)) if keys is not None else None,
        _held=held,
    )
