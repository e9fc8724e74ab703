"""What the figures of the desk mean that the report has not. In a merchant's words."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark

# By key: name, meaning.
MORE_TERMS: Mapping[str, tuple[str, str]] = {
    "as_of": (
        mark("As of"),
        mark("The moment up to which the figure counts. What happened later is not in it yet."),
    ),
    "freshness": (
        mark("Data up to"),
        mark("The latest order, visit or delivery that a shop has told us of."),
    ),
}
