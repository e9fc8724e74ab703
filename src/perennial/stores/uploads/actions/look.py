"""Look at a file without recording anything: what it is taken for, samples, counts, problems."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from perennial.stores.csv.mapping.source import Source, open_source
from perennial.stores.csv.mapping.synonyms import guess_columns
from perennial.stores.csv.parser.faults import Fault, Unreadable
from perennial.stores.csv.parser.reader import Reader, open_reader
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, place
from perennial.stores.uploads.rules import UNPACKED, Options
from perennial.values.reason import Reason

SHOWN = 20  # problems on the page; all of them are in the rejects
_ORDERS, _LINES = 3, 6
_CELL = 60


class TooLarge(ValueError):
    """What the file unpacks to is more than may lie on the disk; ``most`` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} bytes when unpacked")
        self.most = most


def stage_of(file_id: int) -> Path:
    """Where the rows of a file are staged while it is looked at."""
    return folder().parent / f"look-{file_id}"


def opened(file: OrderFile) -> Source:
    """The file as its row says that it is to be read. `Unreadable`."""
    options = Options.of(file.options)
    return open_source(
        place(file.id, "upload"),
        mapping=options.mapping,
        currency=options.currency or None,
        zone=options.zone or None,
        encoding=options.encoding or None,
        delimiter=options.delimiter or None,
    )


def measure(path: Path, most: int, pulse: Callable[[], None]) -> None:
    """Unpack a packed file to nowhere first: one that would fill the disk is refused. `TooLarge`, `Unreadable`."""
    from perennial.stores.csv.parser.containers import Cut, open_container

    container = open_container(path)
    if container.kind == "plain":
        return
    size = 0
    for member in range(len(container.members)):
        try:
            for chunk in container.chunks(member):
                pulse()
                size += len(chunk)
                if size > most * UNPACKED:
                    raise TooLarge(most * UNPACKED)
        except Cut:
            continue  # told with its line when the rows before the break are read


def look(file: OrderFile, *, most: int, read: Callable[[int], None]) -> dict[str, Any]:
    """What the page shows before anything is recorded. `Unreadable`, `TooLarge`; ``read`` hears of rows."""
    measure(place(file.id, "upload"), most, lambda: read(0))
    with opened(file) as source:
        stage = stage_of(file.id)
        # A look that was killed left its rows there.
        shutil.rmtree(stage, ignore_errors=True)
        samples: list[dict[str, Any]] = []
        try:
            for portion in islice(source.batches(stage, size=_ORDERS, told=lambda block: read(len(block.lines))), 1):
                samples = [_order(order) for order in portion.batch.orders[:_ORDERS]]
            problems = source.problems(SHOWN + 1)
            return {
                "guess": _guess(source),
                **_header(source.reader),
                "samples": samples,
                "counts": source.report().as_json(),
                "problems": [fault_as_json(problem) for problem in problems[:SHOWN]],
                "more": len(problems) > SHOWN,
            }
        finally:
            source.close()
            shutil.rmtree(stage, ignore_errors=True)


def unclear(file: OrderFile) -> dict[str, Any]:
    """The header of a file whose layout is not known, with what its names suggest."""
    options = Options.of(file.options)
    reader = open_reader(
        place(file.id, "upload"), encoding=options.encoding or None, delimiter=options.delimiter or None
    )
    return {**_header(reader), "proposed": guess_columns(reader.header.names)}


def write(path: Path, told: dict[str, Any]) -> None:
    """Put what was found beside the file: whole, or not at all."""
    draft = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(told, out)
    draft.replace(path)


def fault_as_json(fault: Fault) -> dict[str, Any]:
    """A fault by its code, so that it can be told in any language; of the path only the part of a zip."""
    return {
        "part": fault.file.partition(":")[2] if ":" in fault.file else "",
        "line": fault.line,
        "column": fault.column,
        **reason_as_json(fault.reason),
    }


def reason_as_json(reason: Reason) -> dict[str, Any]:
    """A reason by its code and parameters."""
    return {"code": reason.code, "params": dict(reason.params)}


def is_unclear(problem: Unreadable) -> bool:
    """Whether telling the columns would make the file readable."""
    return problem.fault.reason.code in ("csv.unknown_layout", "csv.bad_mapping")


def _guess(source: Source) -> dict[str, Any]:
    found = source.guess
    return {
        "layout": found.layout, "title": found.title, "container": found.container, "encoding": found.encoding,
        "delimiter": found.delimiter, "by_line": found.by_line, "dates": found.dates, "decimal": found.decimal,
        "currency": found.currency, "zone": found.zone, "columns": dict(found.columns),
        "unused": list(found.unused),
        "evidence": {name: reason_as_json(why) for name, why in found.evidence.items()},
        "doubts": [reason_as_json(doubt) for doubt in found.doubts],
    }  # fmt: skip


def _header(reader: Reader) -> dict[str, Any]:
    """The names of the columns, and the first cell that each has."""
    block = next(iter(reader.blocks(size=1 << 16)), None)
    cells = {}
    if block is not None:
        for name, column in block.table.slice(0, 20).to_pydict().items():
            cells[name] = next((cell[:_CELL] for cell in column if cell), "")
    return {"header": list(reader.header.names), "cells": cells}


def _order(order: Any) -> dict[str, Any]:
    return {
        "name": order.name,
        "at": order.ordered_at.isoformat(),
        "payment": order.payment,
        "currency": order.currency,
        "total": order.total,
        "more": max(0, len(order.lines) - _LINES),
        "lines": [
            {"quantity": line.quantity, "title": line.title or line.product or line.kind, "total": line.total}
            for line in order.lines[:_LINES]
        ],
    }
