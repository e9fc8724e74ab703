"""What was wrong with the rows of a file, in a merchant's words: a sentence per code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from perennial.lab.report.wording import mark

if TYPE_CHECKING:
    from perennial.lab.report.page import Page
    from perennial.lab.shop import Problem

# code: what is wrong and what became of it. Codes are those of `stores.csv` and of the lab.
MEANINGS: Mapping[str, str] = {
    "csv.truncated": mark("The file ends too early: the last order and all after it are missing. Export it again."),
}


def sentence(page: Page, problem: Problem) -> tuple[str, str]:
    """Title and text of a problem."""
    w, f = page.words, page.format
    title = w.plural("%(n)s row left out", "%(n)s rows left out", problem.count, n=f.count(problem.count))
    meaning = MEANINGS.get(problem.reason.code)
    return title, w.text(meaning) if meaning else problem.reason.code
