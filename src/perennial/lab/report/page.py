"""What all sections share: the answers, the words, the formats, and the making of pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from perennial.display.axes import NARROW, WIDE, Spec, finish
from perennial.display.money import profit_known
from perennial.display.numbers import Format
from perennial.display.svg import render
from perennial.display.wording import Words
from perennial.lab.report.gather import Found
from perennial.values.ids import public


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart in both widths; ``wide`` None: the narrow one serves both."""

    wide: Markup | None
    narrow: Markup


@dataclass(frozen=True)
class Page:
    """Handed to every section."""

    found: Found
    words: Words
    format: Format

    @property
    def costs_known(self) -> bool:
        """Whether the costs of enough is known to speak of profit: orders without goods always have a profit."""
        return bool(self.found.one("there")["costed"]) and profit_known(self.found.one("summary"))

    @property
    def tips(self) -> bool:
        """A page without scripts shows none."""
        return False

    def picture(self, make: Callable[[bool], Spec], label: str, *, height: int = 240) -> Picture:
        """The chart that ``make(wide)`` specifies; ``label`` says what it shows."""
        wide = render(finish(make(True), WIDE, height), label)
        small = render(finish(make(False), NARROW, min(height, 230)), label)
        # The renderer's output is rebuilt from a list of harmless elements: safe as it is.
        return Picture(Markup(wide), Markup(small))  # noqa: S704

    def square(self, spec: Spec, label: str) -> Picture:
        """A chart as high as wide, of one size."""
        return Picture(None, Markup(render(finish(spec, NARROW, NARROW), label)))  # noqa: S704  # as above

    def customer(self, row: dict[str, Any]) -> str:
        """How a customer is named: masked as the file names them, else by their number here."""
        key = row.get("key")
        return str(key) if key else public("cus", row["person_id"])
