"""Every answer that insight gives, by name: the one list that the report, the docs, the figures and the
parity test read. Append only, one entry per line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from perennial.insight.tables import AsOf, Tables


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: ``module.function(tables, as_of, **defaults)`` returns an Ibis table.

    ``definition``: one line for people. ``formula``: as written in the function. ``source``: where the
    definition comes from, or "own".
    """

    module: str
    function: str
    definition: str
    formula: str
    source: str = "own"
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, t: Tables, as_of: AsOf, **options: object) -> ir.Table:
        """The answer as an Ibis table; ``options`` go before the defaults."""
        return self.load()(t, as_of, **{**self.defaults, **options})

    def load(self) -> Callable[..., ir.Table]:
        """The function itself (imports its file)."""
        from importlib import import_module

        found: Callable[..., ir.Table] = getattr(import_module(f"perennial.insight.{self.module}"), self.function)
        return found


# fmt: off
_FIRST: Mapping[str, Answer] = {
}

_SECOND: Mapping[str, Answer] = {
    "rhythm": Answer("rhythm", "rhythm",
        "Each customer's own rhythm: usual gap, days since the last order, on time, due, drifting or lost.",
        "log-logistic gaps, shrunk towards the store's",
        "Gelman et al., Bayesian Data Analysis, 3.3"),
    "rhythm_store": Answer("rhythm", "rhythm_store",
        "The store's own rhythm, towards which customers of few orders are drawn.",
        "first gaps weighted by 1 / P(followed so long); variance within and between people",
        "Robins and Rotnitzky, 1992"),
    "rhythm_states": Answer("rhythm", "rhythm_states",
        "How many customers are on time, due, drifting or lost, and what a year of them is worth.",
        "sum of revenue per occasion x 365.25 / mean gap"),
    "favourite_products": Answer("favourites", "favourites",
        "The products that each customer bought and kept most often.",
        "orders, then pieces kept, then revenue, then id"),
    "favourite_categories": Answer("favourites", "favourites",
        "The categories that each customer bought and kept most often.",
        "orders, then pieces kept, then revenue, then name",
        defaults={"of": "category"}),
    "favourite_brands": Answer("favourites", "favourites",
        "The brands that each customer bought and kept most often.",
        "orders, then pieces kept, then revenue, then name",
        defaults={"of": "brand"}),
    "first_products": Answer("products", "first_products",
        "What became of customers, by the product they began with.",
        "came back within the horizon / followed for the horizon"),
    "first_categories": Answer("products", "first_products",
        "What became of customers, by the category they began with.",
        "came back within the horizon / followed for the horizon",
        defaults={"of": "category"}),
    "delivery": Answer("delivery", "delivery",
        "Is what was promised delivered by the day it was promised?",
        "kept / (kept + late + late now)"),
    "delivery_by_carrier": Answer("delivery", "delivery",
        "The promise-kept rate of each carrier.",
        "kept / (kept + late + late now)",
        defaults={"by": "carrier"}),
    "delivery_by_month": Answer("delivery", "delivery",
        "The promise-kept rate by month of the promise.",
        "kept / (kept + late + late now)",
        defaults={"by": "month"}),
    "late_now": Answer("delivery", "late_now",
        "What is late at this moment, and for whom.",
        "promised day over, not delivered, at most 60 days"),
    "conversion": Answer("conversion", "conversion",
        "Monthly conversion, each rate named: of visitors, of viewers of products, of goals.",
        "visitors who ordered / visitors; orders / visitors who viewed a product",
        "Tactics T07"),
    "product_conversion": Answer("conversion", "product_conversion",
        "Conversion of each product: viewed, put in the cart, bought.",
        "carted / viewed; bought / viewed; its buyers / all buyers",
        "Tactics T07"),
    "service_levels": Answer("service", "service_levels",
        "Tickets by month: how many, how fast answered and solved, how content.",
        "hours to first answer and to solution; satisfied = 60 or more of 100",
        "Tactics T58"),
    "service_loyalty": Answer("service", "service_loyalty",
        "Who comes back after good, bad or no experience of service (association, not effect).",
        "landmark of 30 days, came back in the 90 after it / occasions",
        "Anderson, Cain and Gelber, 1983"),
    "experiences": Answer("service", "experiences",
        "What happened to each customer: late delivery, refund, complaint, unanswered ticket, rating.",
        "from promises, refunds, tickets and ratings"),
    "reasons": Answer("reasons", "reasons",
        "The likeliest known reason of each customer who is drifting or lost.",
        "the bad experience closest after the last purchase, within 90 days",
        "Tactics T08"),
    "reasons_summary": Answer("reasons", "reasons_summary",
        "Why customers fell silent, as far as can be inferred, with what they were worth.",
        "customers per reason / all drifting or lost",
        "Tactics T08"),
    "reasons_trend": Answer("reasons", "reasons_trend",
        "The reasons by the month in which customers went past their due day.",
        "customers per reason / of the month",
        "Tactics T08"),
}
# fmt: on

ANSWERS: Mapping[str, Answer] = {**_FIRST, **_SECOND}
