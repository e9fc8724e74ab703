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
    "late_now": (
        mark("Late now"),
        mark(
            "Parcels and unshipped orders whose promised day is over and that nobody has reported as delivered, "
            "up to 60 days after the promise."
        ),
    ),
    "goal": (
        mark("Goal"),
        mark("What you set out to reach. It changes no figure: it is the line that the figure is held against."),
    ),
    "cohort_revenue": (
        mark("Revenue per customer"),
        mark(
            "All customers whose first order was in that month. Each cell: what one of them had brought on average "
            "by the end of that month."
        ),
    ),
    "stages": (
        mark("Lifecycle stage"),
        mark(
            "Where each person is: a prospect has not ordered yet, new ordered on one day, loyal on four days or "
            "more, active in between; drifting and lost by their own rhythm; won back after a silence for which "
            "they had been given up."
        ),
    ),
    "flow": (
        mark("From stage to stage"),
        mark(
            "How many people were in which stage 30 days ago, and in which they are now. Stages of the past are told "
            "from what was known of these days, so that they never change afterwards."
        ),
    ),
    "margin": (mark("Margin"), mark("Profit divided by the revenue of the orders whose costs are known.")),
    "repeat_purchases": (
        mark("Repeat orders a year"),
        mark("Orders of the last 365 days that were nobody's first, divided by the customers who ordered in them."),
    ),
    "frequency": (
        mark("Orders a year"),
        mark("Orders of the last 365 days divided by the customers who ordered in them."),
    ),
    "winning": (
        mark("Cost of winning"),
        mark("What was spent on acquisition in the last 365 days, divided by the customers who first ordered in them."),
    ),
    "keeping": (
        mark("Cost of keeping"),
        mark("What you say you spend a year on keeping one active customer."),
    ),
    "return_rate": (
        mark("Sent back"),
        mark("Pieces of the product that came back, divided by pieces sold, whoever bought them."),
    ),
    "rating": (mark("Rating"), mark("The mean of all ratings of the product, from 0 to 100.")),
    "judged": (
        mark("Customers judged"),
        mark("Those who began with it at least 180 days ago: all of them had the same time to come back."),
    ),
    "revenue_later": (
        mark("Later revenue each"),
        mark("What those judged spent in the 180 days after their first purchase, per head."),
    ),
    "view_to_cart": (
        mark("Viewed and put in the cart"),
        mark("Visitors who looked at the product and put it in the cart, divided by all who looked at it, in 30 days."),
    ),
    "view_to_purchase": (
        mark("Viewed and bought"),
        mark("Visitors who looked at the product and bought it, divided by all who looked at it, in 30 days."),
    ),
    "share_of_buyers": (
        mark("Share of buyers"),
        mark("Visitors who bought the product, divided by all visitors who bought anything, in 30 days."),
    ),
    "days_late": (mark("Days late"), mark("How many days after the promised day, so far where it is still awaited.")),
    "tickets": (mark("Tickets"), mark("Conversations with support, by the month in which they were opened.")),
    "response": (
        mark("Hours to the first answer"),
        mark("From opening a ticket to the first answer. The middle one: half of the tickets were answered sooner."),
    ),
    "resolution": (
        mark("Hours to the solution"),
        mark("From opening a ticket to its solution. The middle one: half of the tickets were solved sooner."),
    ),
    "satisfied": (
        mark("Satisfied"),
        mark("Solved tickets rated 60 or more of 100, divided by all solved tickets that were rated."),
    ),
    "service_loyalty": (
        mark("Ordered again after it"),
        mark(
            "Of the days on which people ordered: the share followed by another order from day 31 to day 120. What "
            "happened in the 30 days after the order says in which row it stands. An association, not an effect."
        ),
    ),
    "care": (
        mark("What each customer may cost"),
        mark(
            "A share of the profit that they brought, by the group they are in, between the least and the most that "
            "you set. Worked out every night; whatever gives something away reads it."
        ),
    ),
    "discounts_given": (
        mark("Discounts given"),
        mark("What orders of the last 365 days state as discount. Cancelled orders are left out."),
    ),
    "waiting": (
        mark("Being computed"),
        mark("Answers that somebody asked for and that the work loop has not finished yet."),
    ),
    "figures_as_of": (
        mark("Figures as of"),
        mark("When everybody's figures were computed last. It is done every night, and at once for whoever changes."),
    ),
    "mirror_waits": (
        mark("Behind"),
        mark("Months of the copy that answers are computed from which still have to be written again."),
    ),
    "database_size": (mark("Database"), mark("What the database takes on the disk, its log included.")),
    "disk_free": (mark("Free on the disk"), mark("Room that is left on the disk on which the data lies.")),
}
