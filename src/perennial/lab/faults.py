"""Why a shop could not be opened: the place, what is wrong and what to do."""

from __future__ import annotations

import os


class Unopened(ValueError):
    """Nothing can be made of the source. The message names place, trouble and remedy."""

    def __init__(self, place: str | os.PathLike[str], problem: str, remedy: str) -> None:
        super().__init__(f"{os.fspath(place)}: {problem}. To mend it: {remedy}.")
        self.place, self.problem, self.remedy = os.fspath(place), problem, remedy
