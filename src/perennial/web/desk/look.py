"""The desk as views of answers see it: the reader's words and formats, and charts whose marks tell their numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from perennial.display.axes import Spec
from perennial.display.wording import Words
from perennial.web.desk import charts
from perennial.web.desk.formats import Formats

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk


@dataclass(frozen=True)
class DeskLook:
    """Handed to every view that the report has too (`display.look.Look`)."""

    desk: Desk

    @property
    def words(self) -> Words:
        """The reader's language."""
        return self.desk.words

    @property
    def format(self) -> Formats:
        """Numbers, money and days in it."""
        return self.desk.format

    @property
    def tips(self) -> bool:
        """Marks carry their numbers: `desk.js` shows them."""
        return True

    def picture(self, make: Callable[[bool], Spec], label: str, *, height: int = 240) -> Markup:
        """The chart, as the desk shows charts."""
        return charts.picture(self.desk, make, label, height=height)
