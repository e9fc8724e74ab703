"""The mapping file: what the columns of an unknown layout mean, written by a dry run, corrected by hand."""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass

import yaml

from perennial.stores.csv.mapping import fields as f
from perennial.stores.csv.mapping.dates import NAMES, Style
from perennial.stores.csv.mapping.synonyms import guess_columns
from perennial.stores.csv.parser.faults import Fault, Unreadable
from perennial.values.money import check_currency
from perennial.values.reason import Reason
from perennial.values.time import zone

_STYLES: collections.abc.Mapping[str, Style] = {style.replace("_", "-"): style for style in NAMES}
_KEYS = ("columns", "dates", "decimal", "currency", "zone")
_MEANINGS = {
    "order": "the order's number",
    "account": "the customer's number",
    "email": "the customer's address",
    "ordered_at": "when it was ordered (needed)",
    "total": "what the whole order cost",
    "line_total": "what this row cost, where an order has several",
    "quantity": "pieces",
    "unit_price": "price of a piece",
    "product": "the article's number",
    "title": "the article's name",
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Header name by field, and what the file would otherwise be asked for."""

    columns: collections.abc.Mapping[str, str]
    dates: Style | None = None
    decimal: str | None = None
    currency: str | None = None
    zone: str | None = None


def propose_mapping(
    header: collections.abc.Sequence[str], sample: collections.abc.Sequence[collections.abc.Sequence[str]]
) -> str:
    """A mapping file for a header, with the cells of the first rows beside each name, to be completed."""
    guessed = {column: field for field, column in guess_columns(header).items()}
    lines = [
        "# What the columns of this file mean. Write the field before the colon, leave out what has no meaning.",
        "# Fields: " + ", ".join(f.FIELDS),
        *(f"#   {field}: {meaning}" for field, meaning in _MEANINGS.items()),
        "columns:",
    ]
    for index, name in enumerate(header):
        cells = [row[index] for row in sample[:3] if index < len(row) and row[index]]
        shown = " | ".join(cell.replace("\n", " ")[:30] for cell in cells)
        quoted = yaml.safe_dump(name, default_style='"', allow_unicode=True, width=10_000).strip()
        field = guessed.get(name)
        lines.append(f"  {field}: {quoted}  # {shown}" if field else f"  # ?: {quoted}  # {shown}")
    lines += [
        f"# dates: {' | '.join(_STYLES)}",
        "# decimal: '.'",
        "# currency: EUR",
        "# zone: Europe/Madrid",
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def read_mapping(text: str, file: str = "mapping.yaml") -> Mapping:
    """Read a mapping file; `Unreadable` with the line and what is wrong."""

    def bad(problem: str, line: int = 0) -> Unreadable:
        return Unreadable(Fault(file, line, "", Reason.of("csv.bad_mapping", problem=problem)))

    try:
        body = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise bad(str(error.problem), line) from error
    except yaml.YAMLError as error:
        raise bad("it holds signs that YAML does not allow") from error
    if not isinstance(body, dict) or not isinstance(body.get("columns"), dict):
        raise bad("it has no 'columns:' with a field and a column name on each line")
    for key in body:
        if key not in _KEYS:
            raise bad(f"{key!r} is not known: {', '.join(_KEYS)} are")
    unknown = next((field for field in body["columns"] if field not in f.FIELDS), None)
    if unknown is not None:
        raise bad(f"there is no field {unknown!r}; the fields are {', '.join(f.FIELDS)}")
    dates, decimal = body.get("dates"), body.get("decimal")
    if dates is not None and str(dates) not in _STYLES:
        raise bad(f"dates: {dates} is none of {', '.join(_STYLES)}")
    if decimal not in (None, ".", ","):
        raise bad("decimal: write '.' or ','")
    said = {key: str(body[key]) for key in ("currency", "zone") if body.get(key) is not None}
    try:
        _check(said)
    except ValueError as error:
        raise bad(str(error)) from error
    columns = {str(field): str(column) for field, column in body["columns"].items()}
    style = _STYLES[str(dates)] if dates is not None else None
    return Mapping(columns, style, decimal, said.get("currency"), said.get("zone"))


def _check(said: collections.abc.Mapping[str, str]) -> None:
    if "currency" in said:
        check_currency(said["currency"])
    if "zone" in said:
        zone(said["zone"])
