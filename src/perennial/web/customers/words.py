"""What the codes on one customer's page are called."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from perennial.display.wording import Words, mark
from perennial.values.reason import Refused

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
# Why something written about a customer was not kept, by the code that the action gives.
REFUSALS: Mapping[str, str] = {
    "customer.erased": mark("This person was erased: nothing is written about them any more."),
    "amend.yes_or_no": mark("Choose yes or no."),
    "amend.no_number": mark("“%(what)s” is no number: write it as 42 or 42.5"),
    "amend.no_day": mark("“%(what)s” is no day: write it as 1984-05-31"),
    "amend.no_kind": mark("Kind: choose one of those listed."),
    "amend.value_length": mark("Value: write 1 to %(most)s letters."),
    "amend.name_length": mark("What: write 1 to %(most)s letters."),
    "amend.gone": mark("Somebody else took this away meanwhile. Nothing was saved."),
    "amend.name_taken": mark("There is a “%(name)s” already: change that one."),
    "amend.no_customer": mark("There is no such customer any more: nothing was saved."),
    "note.empty": mark("A note needs a text: nothing was saved."),
    "note.too_long": mark("A note has at most %(most)s letters, and this one has %(letters)s: nothing was saved."),
    "note.no_customer": mark("There is no such customer any more: nothing was saved."),
    "note.not_yours": mark("There is no such note of yours (any more): nothing was changed."),
    "merge.no_customer": mark("There is no such customer any more: nothing was joined."),
    "merge.same": mark("These two are one person already."),
    "merge.joined_before": mark("They were joined the other way round before: take that apart first."),
    "merge.undone": mark("This was taken apart already: nothing was changed."),
}
FIELDS: Mapping[str, str] = {
    "name": mark("Name"),
    "relation": mark("Who they are"),
    "text_version": mark("Version of the text they agreed to"),
    "note": mark("Note"),
    "value": mark("Value"),
}


def refusal(words: Words, wrong: Refused) -> str:
    """Why it was refused, in the reader's language."""
    return words.text(REFUSALS[wrong.reason.code], **{key: str(value) for key, value in wrong.reason.params})


def unfit(words: Words, wrong: ValidationError) -> str:
    """The first thing that is wrong with a record, in the reader's language."""
    first = wrong.errors()[0]
    place = str(first["loc"][0]) if first["loc"] else ""
    name = words.text(FIELDS[place]) if place in FIELDS else place
    most = first.get("ctx", {}).get("max_length")
    if first["type"] == "string_too_short":
        return words.text("%(field)s: write something here.", field=name)
    if most is not None:
        return words.text("%(field)s: write at most %(most)s letters.", field=name, most=most)
    return words.text("%(field)s: this cannot be kept.", field=name)
