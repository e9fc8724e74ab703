"""What is said of lists: kinds of entries, what cannot be read, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial.display.wording import Words, mark
from perennial.stores.csv.parser.faults import SENTENCES
from perennial.values.reason import Refused
from perennial.web.data import words as data

KINDS: Mapping[str, str] = {
    "email": mark("E-mail"), "phone": mark("Phone"), "account": mark("Customer's number"), "id": mark("Customer's id"),
}  # fmt: skip
# As somebody says what they add: "" is told by each value itself.
SORTS: Mapping[str, str] = {
    "": mark("E-mail addresses, phones, ids: as they look"),
    "email": mark("E-mail addresses"),
    "phone": mark("Phone numbers"),
    "account": mark("Customers' numbers in the shop"),
    "id": mark("Perennial's ids (cus_…)"),
}
# (what is wrong, what to do) by `segments.rules.listing.SENTENCES`.
REASONS: Mapping[str, tuple[str, str]] = {
    "listing.email": (mark("this is no e-mail address"), mark("write it as ana@example.com")),
    "listing.phone": (mark("this is no phone number"), mark("write it with its country, as +34 600 123 456")),
    "listing.id": (
        mark("this is no customer's id"),
        mark("copy it from the customer's page: cus_ and 13 letters and digits"),
    ),
    "listing.account": (
        mark("this is no number of a customer in the shop"),
        mark("write 1 to 255 letters, as the shop states it"),
    ),
    "listing.unknown": (
        mark("this is neither an e-mail address, nor a phone number, nor a customer's id"),
        mark("say what the values are, if they are numbers of customers in the shop"),
    ),
    "listing.empty": (
        mark("nothing stands where the address should be"),
        mark("fill it in, or leave the line out"),
    ),
    "listing.signs": (
        mark("it holds signs that cannot be read"),
        mark("save the file as UTF-8 and add it again"),
    ),
    "listing.quotes": (
        mark("a quote is opened or closed in the wrong place"),
        mark("close it, or double it where it is text"),
    ),
    "listing.too_large": (mark("the file unpacks to too much"), mark("cut it into smaller files")),
    "listing.cut": (
        mark("the file breaks off: what stands before was added"),
        mark("copy or export it again, and add it again"),
    ),
    "listing.gone": (
        mark("the file is no longer there"),
        mark("add it again: who is on the list already counts once"),
    ),
    "listing.erased": (mark("this person was erased, and stays so"), mark("leave the line out")),
    "list.gone": (mark("the list was retired meanwhile"), mark("add them to another list")),
}
REFUSED: Mapping[str, str] = {
    "list.title": mark("Name: write 1 to %(most)s letters."),
    "list.key": mark("Key: write small letters, digits, - and _, at most 64."),
    "list.taken": mark("Key: there is a list “%(key)s” already, or was. Choose another."),
    "list.gone": mark("This list was retired: nobody can be put on it any more."),
    "list.named": mark("Segments name this list: %(segments)s. Change them first, then retire it."),
    "list.kind": mark("What they are: choose one of the list."),
    "list.no_store": mark("Shop: choose one of the brand's shops."),
    "list.which_store": mark("Shop: say of which shop these are the customers' numbers."),
}


def problem(words: Words, told: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a line or a file, and what to do about it, from a stored code."""
    code = told["code"]
    if code in REASONS:
        what, remedy = REASONS[code]
        return words.text(what), words.text(remedy)
    if code not in data.PROBLEMS and code not in SENTENCES:
        return str(code), ""
    return data.problem(words, told)


def refused(words: Words, why: Refused) -> str:
    """Why something was not done, in the reader's language."""
    sentence = REFUSED.get(why.reason.code)
    return words.text(sentence, **dict(why.reason.params)) if sentence else str(why)
