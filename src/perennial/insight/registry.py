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
    "summary": Answer("summary", "summary",
        "The store in one row: orders, customers, net revenue, profit, AOV, frequency, repeat rate.",
        "AOV = revenue / orders; F = orders / customers; repeat rate = bought on 2 days or more / customers",
        "usual definitions"),
    "monthly": Answer("summary", "monthly",
        "The store month by month: orders, customers new and returning, net revenue, profit.",
        "sums by month of order",
        "usual definitions"),
    "retention": Answer("retention", "retention",
        "Of those who ordered in a base window, the share who ordered again within the horizon.",
        "people whose next order came within H days of their last in the window / people who ordered in it",
        "Tactics T57"),
    "retention_trend": Answer("retention", "retention_trend",
        "The retention rate of each month's customers at one horizon.",
        "people whose next order came within H days of their last in the month / people who ordered in it",
        "Tactics T57"),
    "cohorts": Answer("cohorts", "cohorts",
        "Retention and revenue by month of first order and months since.",
        "active / customers of the cohort; revenue up to the cell / customers of the cohort",
        "usual definitions"),
    "cohort_value": Answer("cohorts", "cohort_value",
        "What a customer of each cohort had brought at the same age.",
        "revenue of the cohort up to the age / customers of the cohort",
        "Tactics T06"),
    "gaps": Answer("gaps", "gaps",
        "Time between orders: every gap from one day of purchase to the person's next.",
        "day of the order - day of the one before"),
    "gap_quantiles": Answer("gaps", "gap_quantiles",
        "How the time between orders is distributed.",
        "smallest number of days which at least that share of gaps does not exceed",
        "Hyndman and Fan, 1996, type 1"),
    "gap_histogram": Answer("gaps", "gap_histogram",
        "How often each number of days between orders occurs.",
        "gaps of so many days"),
    "dormancy": Answer("gaps", "dormancy",
        "The silence after which a customer is called dormant.",
        "0.95 quantile of all gaps"),
    "realised": Answer("value", "realised",
        "What each customer has brought to date: revenue and profit.",
        "sum of net revenue; sum of profit where costs are known",
        "Tactics T06"),
    "pareto": Answer("value", "pareto",
        "The share of revenue and of profit that the best 1 to 100 percent of customers bring.",
        "sum over the first ceil(n p / 100) people by amount / sum over all",
        "V. Pareto; tactics T06"),
    "clv": Answer("value", "clv",
        "Lifetime value of the average customer by two formulas, with all inputs.",
        "A = AOV x F x t; B = AOV x repeat purchases x t; t = time followed / people gone dormant",
        "Tactics T03, T04"),
    "profit_of_year": Answer("yearly", "profit_of_year",
        "What each customer brought in the last 365 days, and in the mean of their years.",
        "sum of profit over 365 days; sum of all profit x 365 / max(365, days since the first order)",
        "Tactics T59"),
    "rfm": Answer("rfm", "rfm",
        "Each customer's scores for days since the last order, number of orders and revenue, and a group.",
        "1 + how many of four cut-points (0.2 to 0.8 quantiles) the number exceeds; reversed for days",
        "Hughes, Strategic Database Marketing, 1994"),
    "rfm_cuts": Answer("rfm", "rfm_cuts",
        "The cut-points of the RFM scores.",
        "0.2, 0.4, 0.6, 0.8 quantiles over all customers"),
    "rfm_groups": Answer("rfm", "rfm_groups",
        "How many customers each RFM group holds and what they brought.",
        "sums by group"),
    "lifecycle": Answer("lifecycle", "lifecycle",
        "The stage of each person: prospect, new, active, loyal, won back, drifting or lost.",
        "the first of the stages' conditions that holds",
        "Tactics T17"),
    "lifecycle_stages": Answer("lifecycle", "lifecycle_stages",
        "How many people are in each stage and what they brought.",
        "sums by stage"),
    "lifecycle_flow": Answer("lifecycle", "lifecycle_flow",
        "How many people went from which stage to which within 30 days.",
        "people by their stage as of 30 days ago and now",
        "Tactics T17"),
    "new_and_returning": Answer("revenue", "new_and_returning",
        "Revenue of first orders against that of later ones, by month.",
        "new: on the day of the person's first order; returning: later",
        "Tactics T10"),
    "winning_and_keeping": Answer("revenue", "winning_and_keeping",
        "What a new customer costs and brings against a returning one.",
        "spend / new customers; cost of keeping / returning customers",
        "Tactics T10"),
    "winning_by_channel": Answer("revenue", "winning_by_channel",
        "The cost of a new customer by acquisition channel.",
        "spend of the channel / new customers acquired by it",
        "Tactics T10"),
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
