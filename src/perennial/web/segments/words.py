"""What the words of rules are called in the builder, in a merchant's words."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark
from perennial.web.segments.form import Sort

# What a condition is about, in groups as the builder's list shows them.
ABOUT: Mapping[str, Mapping[str, str]] = {
    mark("What they ordered"): {
        "orders": mark("Orders"), "spent": mark("Spent"), "bought": mark("Bought something"),
        "items": mark("Pieces bought"), "aov": mark("Average order"), "profit": mark("Profit"),
        "discount_share": mark("Orders with a discount"), "refunds": mark("Refunds"),
        "refunded": mark("Given back"), "first_product": mark("First product"),
        "first_category": mark("First category"), "last_product": mark("Last product"),
        "last_category": mark("Last category"),
    },
    mark("When"): {
        "first_order": mark("First order"), "last_order": mark("Last order"), "joined": mark("Known since"),
        "last_visit": mark("Last visit"), "days_since": mark("Days since"), "birthday": mark("Birthday"),
        "anniversary": mark("A day of theirs"), "beneficiary": mark("A day of somebody they buy for"),
    },
    mark("How they stand"): {
        "rhythm": mark("Rhythm"), "lifecycle": mark("Lifecycle stage"), "rfm": mark("Group"),
        "top": mark("Among the first"), "bottom": mark("Among the last"), "score": mark("Score"),
    },
    mark("What they did"): {
        "viewed": mark("Looked at something"), "carted": mark("Put in the cart"), "visited": mark("Visited"),
        "did": mark("Did something recorded"), "opened": mark("Opened a message"),
        "clicked": mark("Clicked in a message"), "replied": mark("Replied to a message"),
        "answered": mark("Answered a survey"), "has_referred": mark("Brought others"),
        "referred": mark("Was brought by somebody"),
    },
    mark("Service"): {
        "late_delivery": mark("Late delivery"), "complained": mark("Complained"), "open_ticket": mark("Open ticket"),
    },
    mark("Who they are"): {
        "country": mark("Country"), "language": mark("Language"), "currency": mark("Currency"),
        "attribute": mark("What we know besides"), "consented": mark("Agreed to hear from you"),
        "reachable": mark("Can be reached"),
    },
    mark("Groups"): {
        "segment": mark("In another segment"), "listed": mark("On a list"), "label": mark("Bears a label"),
        "bucket": mark("Drawn by chance"),
    },
    mark("Anything else"): {"text": mark("Written as text")},
}  # fmt: skip
SORTS: Mapping[Sort, str] = {
    "all": mark("All of these hold"),
    "any": mark("At least one of these holds"),
    "not_all": mark("Not all of these hold"),
    "none": mark("None of these holds"),
}
OPERATORS: Mapping[str, str] = {
    ">=": mark("at least"), ">": mark("more than"), "<=": mark("at most"), "<": mark("less than"),
    "=": mark("exactly"), "!=": mark("anything but"), "between": mark("between"),
}  # fmt: skip
ONCE = mark("at least once")
EVER = mark("ever")
UNITS: Mapping[str, str] = {
    "day": mark("days"), "week": mark("weeks"), "month": mark("months"), "year": mark("years"),
}  # fmt: skip
NARROW: Mapping[str, str] = {
    "product": mark("Product"), "category": mark("Category"), "brand": mark("Brand"), "store": mark("Store"),
}  # fmt: skip
WHEN: Mapping[str, str] = {
    "within": mark("in the last"), "before": mark("before"), "after": mark("after"), "on": mark("on"),
    "between": mark("from … to …"),
}  # fmt: skip
EVENTS: Mapping[str, str] = {
    "last_order": mark("Last order"), "first_order": mark("First order"), "last_visit": mark("Last visit"),
    "joined": mark("Known since"),
}  # fmt: skip
WAYS: Mapping[str, str] = {"next": mark("in the next"), "last": mark("in the last")}
HOW: Mapping[str, str] = {
    "known": mark("is known"), "is": mark("is one of"), "number": mark("is a number"), "day": mark("is a day"),
    "yes": mark("is yes"), "no": mark("is no"),
}  # fmt: skip
BOUNDS: Mapping[str, str] = {
    "value": mark("its value"), "low": mark("its lower end"), "high": mark("its upper end"),
}  # fmt: skip
# Why somebody came into a segment or left it.
WHY: Mapping[str, str] = {
    "fact": mark("something happened"), "time": mark("time passed"), "rule": mark("the segment was changed"),
    "store": mark("the whole store moved"), "merge": mark("two customers were joined"),
}  # fmt: skip
STATES: Mapping[str, tuple[str, str]] = {
    "draft": (mark("Draft"), ""), "live": (mark("Live"), "good"), "counting": (mark("Being counted"), "warn"),
    "error": (mark("Not counted"), "bad"),
}  # fmt: skip
