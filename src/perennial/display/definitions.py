"""What each figure means, in a merchant's words. Shown beside the figure and together at the end."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark

# The terms by key: name, meaning.
TERMS: Mapping[str, tuple[str, str]] = {
    "customers": (
        mark("Customers"),
        mark(
            "People with at least one order. Accounts known to belong to one person count once; "
            "sales without a customer are left out."
        ),
    ),
    "came_back": (
        mark("Came back"),
        mark("Customers who ordered on at least two different days, divided by all customers."),
    ),
    "orders": (
        mark("Orders"),
        mark("All orders, less those cancelled or refunded in full."),
    ),
    "revenue": (
        mark("Revenue"),
        mark(
            "What was paid for goods, after discounts, cancellations and refunds, without tax and shipping unless "
            "you count them. "
            "A refund is taken off the order it belongs to, whenever it was made."
        ),
    ),
    "profit": (
        mark("Profit"),
        mark("Revenue without tax, less the cost of the goods, over the orders whose costs are known."),
    ),
    "aov": (mark("Average order"), mark("Revenue divided by orders.")),
    "range": (
        mark("The range in brackets"),
        mark(
            "With few customers a rate is partly chance. The range says where the true rate lies: "
            "it is right 95 times in 100."
        ),
    ),
    "groups": (
        mark("Customer groups"),
        mark(
            "Every customer gets a score from 1 to 5 for how lately they bought, and one for how often and how much, "
            "each compared with all other customers. The two scores together give the group (RFM)."
        ),
    ),
    "retention": (
        mark("Retention rate"),
        mark(
            "Of the people who ordered in a period, the share who ordered again within so many days of their last "
            "order in it. Everybody counted was watched for the whole time."
        ),
    ),
    "gaps": (
        mark("Time between orders"),
        mark(
            "Days from one day with an order to the next, of people who did come back. "
            "Two orders on one day count as one."
        ),
    ),
    "cohorts": (
        mark("Month of first order"),
        mark(
            "All customers whose first order was in that month. Each cell: the share of them who ordered again "
            "so many months later."
        ),
    ),
    "pareto": (
        mark("Share of revenue"),
        mark(
            "Customers are ranked by what they brought, the best first; the curve says which share of all revenue "
            "from known customers the best so many percent brought."
        ),
    ),
    "rhythm": (
        mark("Own rhythm"),
        mark(
            "How long each customer usually waits between orders, judged by their own orders and, while these are "
            "few, by those of the whole store. Drifting: silent for longer than 80 in 100 of their waits. "
            "Lost: longer than 95 in 100."
        ),
    ),
    "worth": (
        mark("Worth a year"),
        mark(
            "Revenue of one purchase times the purchases that the customer's rhythm gives in a year: "
            "what you have while they keep it, and lose when they stop."
        ),
    ),
    "first": (
        mark("Came back after a first product"),
        mark(
            "Of the customers whose first purchase held the product and lies at least 180 days back, "
            "the share who ordered again within 180 days."
        ),
    ),
    "new": (
        mark("New and returning revenue"),
        mark(
            "New: orders on the day of a customer's first order. Returning: all later ones. "
            "Not known: sales without a customer."
        ),
    ),
    "lifetime": (
        mark("Customer lifetime value"),
        mark(
            "A: what a customer spends in a year times the years they stay. B: the same, but only orders after the "
            "first are counted. Both look back on the last 365 days and take every year to be like that one: "
            "a rule of thumb, no forecast."
        ),
    ),
    "stay": (
        mark("Years a customer stays"),
        mark(
            "Measured: from the first order until somebody has been silent for longer than 95 in 100 of all waits "
            "between orders. Those still active are counted as still staying."
        ),
    ),
    "delivery": (
        mark("Promise kept"),
        mark(
            "Deliveries that came on the promised day or before, divided by all that came or should have come by now."
        ),
    ),
    "reasons": (
        mark("Likely reasons"),
        mark(
            "The bad experience closest after the last order of a customer who is drifting or lost, within 90 days. "
            "It says where to ask first; it proves nothing."
        ),
    ),
    "conversion": (
        mark("Conversion"),
        mark(
            "Visitors who ordered, divided by all visitors of the month. A person known on two devices is one visitor."
        ),
    ),
    "basket": (
        mark("Orders per product viewer"),
        mark("Orders of the month, divided by the visitors who looked at a product."),
    ),
}  # fmt: skip

# group: (name, who they are, what to do)
GROUPS: Mapping[str, tuple[str, str]] = {
    "champions": (mark("Champions"), mark("bought lately, often and for much: thank them, let them in first")),
    "loyal": (mark("Loyal"), mark("come back reliably: reward them, ask for their opinion")),
    "promising": (mark("Promising"), mark("bought lately, not often yet: show them what goes with it")),
    "new": (mark("New"), mark("one small recent purchase: a good second one decides")),
    "needs_attention": (mark("Need attention"), mark("in the middle and cooling: remind them")),
    "at_risk": (mark("At risk"), mark("were good customers, silent for long: write personally")),
    "cannot_lose": (mark("Cannot lose"), mark("your best of yesterday, silent now: call them")),
    "hibernating": (mark("Hibernating"), mark("bought little and long ago: spend little here")),
    "lost": (mark("Gone"), mark("longest silent and smallest: let them go")),
}

# group: the colour that it shares with its like
FAMILY: Mapping[str, str] = {
    "champions": "green", "loyal": "green", "new": "blue", "promising": "blue", "needs_attention": "amber",
    "at_risk": "amber", "cannot_lose": "red", "hibernating": "grey", "lost": "grey",
}  # fmt: skip

STATES: Mapping[str, str] = {
    "on_time": mark("On time"),
    "due": mark("Due now"),
    "drifting": mark("Drifting"),
    "lost": mark("Lost"),
}

# Where customers are on their way with the shop, in the order in which they pass through.
STAGES: Mapping[str, str] = {
    "prospect": mark("No order yet"),
    "new": mark("New"),
    "active": mark("Active"),
    "loyal": mark("Loyal"),
    "won_back": mark("Won back"),
    "drifting": mark("Drifting"),
    "lost": mark("Lost"),
}

REASONS: Mapping[str, str] = {
    "late_delivery": mark("Delivery came late"),
    "refund": mark("Something was refunded"),
    "complaint": mark("They complained"),
    "unanswered_ticket": mark("Their question went unanswered for 3 days"),
    "low_rating": mark("They gave a low rating"),
    "unknown": mark("No trace: ask them"),
}

RATES: Mapping[str, str] = {
    "visitor_conversion": mark("visitors who ordered"),
    "macro": mark("orders per product viewer"),
}
