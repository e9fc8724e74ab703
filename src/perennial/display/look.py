"""What a view needs to show answers: the reader's words and formats, and somebody who draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from perennial.display.axes import Spec
from perennial.display.numbers import Format
from perennial.display.wording import Words

Row = Mapping[str, Any]
ENOUGH = 30  # people below which a rate is not shown: "too early to say"


class Look(Protocol):
    """The report's page, or the desk's. ``tips``: whether marks of charts carry their numbers, to be pointed at."""

    @property
    def words(self) -> Words:
        """The reader's language."""
        ...

    @property
    def format(self) -> Format:
        """Numbers, money and days in it."""
        ...

    @property
    def tips(self) -> bool:
        """See the class."""
        ...

    def picture(self, make: Callable[[bool], Spec], label: str, *, height: int = 240) -> Any:
        """The chart that ``make(wide)`` specifies, as this page shows charts."""
        ...


def tip(look: Look, *parts: str) -> dict[str, str]:
    """``{"tip": ...}`` for a row of a chart; nothing where marks carry no numbers."""
    return {"tip": "tip:" + ": ".join(part for part in parts if part)} if look.tips else {}


def rate(look: Look, row: Row, name: str = "rate") -> str:
    """A rate with its range: 31% (28-34%)."""
    between = look.format.between(row["low"], row["high"])
    told = look.format.percent(row[name])
    return f"{told} ({between})" if between else told
