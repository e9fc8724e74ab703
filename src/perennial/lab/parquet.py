"""Which Parquet files hold which table: a folder of the schema, a mirror with its list, single files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perennial.figures.rules.manifest import Manifest
from perennial.insight.tables import SCHEMA
from perennial.lab.engines import ESSENTIAL
from perennial.lab.faults import Unopened

SUFFIXES = (".parquet", ".pq")
_LIST = "manifest.json"


def tables_in(folder: Path) -> dict[str, list[Path]]:
    """The files of the schema's tables in ``folder``: table -> files. Empty: it holds none.

    A mirror keeps files for a while that are no longer part of it: where it has a list, the list decides.
    """
    if (folder / _LIST).is_file():
        return _listed(folder)
    found: dict[str, list[Path]] = {}
    for name in SCHEMA:
        single, several = folder / f"{name}.parquet", folder / name
        files = [single] if single.is_file() else []
        if several.is_dir():
            files += sorted(several.rglob("*.parquet"))
        if files:
            found[name] = files
    return found


def _listed(folder: Path) -> dict[str, list[Path]]:
    try:
        manifest = Manifest.parse((folder / _LIST).read_text())
        found = {name: [folder / file for file in manifest.files(name)] for name in SCHEMA}
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        remedy = "let perennial work write the mirror anew, or remove the list to read all files"
        raise Unopened(folder / _LIST, "this list of a mirror cannot be read", remedy) from wrong
    return {name: files for name, files in found.items() if files}


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its first signs; what calls itself so and is not, is told when it is read."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1" or path.suffix.lower() in SUFFIXES


def in_schema(paths: Sequence[Path]) -> dict[str, list[Path]] | None:
    """Files that are tables of the schema, by their names or, for orders, by their columns; None: they are not."""
    by_name: dict[str, list[Path]] = {}
    for path in paths:
        name = path.stem if path.stem in SCHEMA else "orders"
        if not set(ESSENTIAL[name]) <= set(_columns(path)):
            return None
        by_name.setdefault(name, []).append(path)
    return by_name


def as_csv(path: Path, folder: Path) -> Path:
    """A plain table as a CSV file, for the one door that understands layouts, dates and amounts."""
    import duckdb

    target = folder / f"{path.stem}.csv"
    read = "read_parquet('{}')".format(str(path).replace("'", "''"))
    where = str(target).replace("'", "''")
    try:
        duckdb.connect().execute(f"COPY (SELECT * FROM {read}) TO '{where}' (FORMAT csv, HEADER)")  # noqa: S608
    except duckdb.Error as wrong:
        raise _unreadable(path, wrong) from wrong
    return target


def _columns(path: Path) -> list[Any]:
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    try:
        return list(pq.read_schema(path).names)
    except (ArrowException, OSError) as wrong:
        raise _unreadable(path, wrong) from wrong


def _unreadable(path: Path, wrong: Exception) -> Unopened:
    first = (str(wrong).splitlines() or [""])[0]
    return Unopened(path, f"this is no readable Parquet file ({first})", "write or copy it again")
