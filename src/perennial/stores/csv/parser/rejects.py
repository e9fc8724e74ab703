"""The rejects file: rejected rows as they stood, with five columns that say where and why, to be mended.

It is a CSV in UTF-8 with a mark and commas, its header that of the file and, behind it, ``reject line``,
``reject column``, ``reject reason``, ``reject remedy`` and ``reject code``, the reason as JSON; importing it
ignores these. Cells are written as they were: a cell that begins with = + - @ is *not* given an apostrophe,
because a mended file must mean what the shop exported ("-5.00" is an amount). So that a spreadsheet does not
run one as a formula, every row is quoted, and `guarded` exists for files that only people read. Where a row
does not fit its header, its cells are filled up or the surplus joined into the last one, so that the file is
a table again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perennial.stores.csv.parser.faults import Fault, remedy, say
from perennial.values.reason import Reason

EXTRA = ("reject line", "reject column", "reject reason", "reject remedy", "reject code")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Reject:
    """A rejected row: where, why, and its cells as they stand in the file."""

    file: str
    line: int
    column: str
    reason: Reason
    cells: tuple[str, ...]

    @property
    def fault(self) -> Fault:
        """The same as it is told to people."""
        return Fault(self.file, self.line, self.column, self.reason)


def guarded(cell: str) -> str:
    """A cell for people: with an apostrophe before what a spreadsheet would run as a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def write_rejects(path: Path, header: Sequence[str], rejects: Iterable[Reject], *, for_people: bool = False) -> int:
    """Write the rejects and return how many; no file is made where there is none.

    ``for_people`` guards every cell against formulas: such a file is not for importing.
    """
    count = 0
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*header, *EXTRA])
        for reject in rejects:
            cells = _fitted([cell.replace("\x00", "") for cell in reject.cells], len(header))
            why = [str(reject.line), reject.column, say(reject.reason), remedy(reject.reason), _code(reject.reason)]
            row = [*cells, *why]
            writer.writerow([guarded(cell) for cell in row] if for_people else row)
            count += 1
    if count:
        temporary.replace(path)
    else:
        temporary.unlink()
    return count


def _code(reason: Reason) -> str:
    return json.dumps(reason.as_json(), ensure_ascii=False)


def reason_of(told: str) -> Reason | None:
    """The reason that a cell of ``reject code`` tells; None where somebody has changed it."""
    try:
        found = json.loads(told)
        reason = Reason.of(found["code"], **found.get("params", {}))
        say(reason)
        remedy(reason)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    return reason


def _fitted(cells: list[str], width: int) -> list[str]:
    if len(cells) > width:
        return [*cells[: width - 1], ",".join(cells[width - 1 :])]
    return cells + [""] * (width - len(cells))
