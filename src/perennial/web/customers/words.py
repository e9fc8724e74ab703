"""What the codes on one customer's page are called."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark

PURPOSES: Mapping[str, str] = {
    "marketing": mark("Advertising"),
    "transactional": mark("About their orders"),
    "profiling": mark("Personal offers"),
    "publication": mark("Publishing what they wrote"),
}
# How the staff came to know of a permission: kept with it as its source.
TELLERS: Mapping[str, str] = {
    "desk:phone": mark("They said so on the phone"),
    "desk:mail": mark("They wrote to us"),
    "desk:counter": mark("They said so in the shop"),
    "desk:paper": mark("They signed a form"),
}
ATTRIBUTE_TYPES: Mapping[str, str] = {
    "text": mark("Text"),
    "number": mark("Number"),
    "bool": mark("Yes or no"),
    "date": mark("Day"),
}
