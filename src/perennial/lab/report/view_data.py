"""What is wrong with the data, what is too early to say, and what further data would add."""

from __future__ import annotations

from statistics import median
from typing import Any

from perennial.display.look import ENOUGH
from perennial.lab.report.gather import BASE_DAYS
from perennial.lab.report.page import Page
from perennial.lab.report.problems import sentence

_USUAL_MONTHS = 6
_OLD = 0.02  # share of accounts that are older than the data
_TOO_MANY = 1.6  # first customers of the first month, against the usual month after it


def treatment(page: Page) -> str:
    """What the sums count, in one sentence: shown with every sum."""
    w, t, there = page.words, page.found.shop.treatment, page.found.one("there")
    if not there["taxed"]:
        tax = w.text("tax is not told apart in your data")
    else:
        tax = w.text("with tax") if t.tax else w.text("without tax")
    if not there["shipped"]:
        shipping = w.text("shipping is not told apart in your data")
    else:
        shipping = w.text("with shipping") if t.shipping else w.text("without shipping")
    return w.text(
        "Amounts are net of discounts, cancellations and refunds; %(tax)s; %(shipping)s.", tax=tax, shipping=shipping
    )


def wrong(page: Page) -> list[dict[str, str]]:
    """Everything that makes the figures less sure than they look: ``title``, ``text``."""
    found, w, f = page.found, page.words, page.format
    s = found.one("summary")
    rows = [_problem(page, problem) for problem in found.shop.problems]
    if s["anonymous_orders"]:
        rows.append(
            {
                "title": w.plural(
                    "%(n)s sale without a customer",
                    "%(n)s sales without a customer",
                    s["anonymous_orders"],
                    n=f.count(s["anonymous_orders"]),
                ),
                "text": w.text(
                    "They bring %(money)s, %(share)s of the revenue, and are in no figure about customers. "
                    "Asking for an e-mail address at the till would make them known.",
                    money=f.money(s["revenue"] - s["known_revenue"]),
                    share=f.percent((s["revenue"] - s["known_revenue"]) / s["revenue"])
                    if s["revenue"]
                    else f.percent(None),
                ),
            }
        )
    if s["unconverted"]:
        rows.append(
            {
                "title": w.plural(
                    "%(n)s order in another currency",
                    "%(n)s orders in another currency",
                    s["unconverted"],
                    n=f.count(s["unconverted"]),
                ),
                "text": w.text("Their exchange rate is not known, so they are in no sum."),
            }
        )
    if _mid_life(page):
        rows.append(
            {
                "title": w.text("The data begins in the middle of the shop's life"),
                "text": w.text(
                    "Nothing is known from before %(day)s. Who looks new in the first months may be an old customer: "
                    "do not trust the new customers and the first rows of the table by month of first order.",
                    day=f.day(found.shop.first_day),
                ),
            }
        )
    if s["cancelled"]:
        rows.append(
            {
                "title": w.plural(
                    "%(n)s cancelled order", "%(n)s cancelled orders", s["cancelled"], n=f.count(s["cancelled"])
                ),
                "text": w.text("Left out of everything, as they should be."),
            }
        )
    if page.costs_known and s["costed_share"] < 0.995:
        rows.append(
            {
                "title": w.text("Costs are known for part of the revenue"),
                "text": w.text("Profit is that of %(share)s of the revenue.", share=f.percent(s["costed_share"])),
            }
        )
    return rows


def _problem(page: Page, problem: Any) -> dict[str, str]:
    title, text = sentence(page, problem)
    return {"title": title, "text": text}


def _mid_life(page: Page) -> bool:
    """Customers older than the first order, or far more first orders in the first month than later."""
    found = page.found
    if found.one("there")["known_before"] > _OLD * found.one("summary")["customers"]:
        return True
    rows = found.all("new_and_returning")
    later = [row["new_customers"] for row in rows[1 : _USUAL_MONTHS + 1]]
    return len(later) >= 3 and rows[0]["new_customers"] >= max(ENOUGH, _TOO_MANY * median(later))


def early(page: Page) -> list[str]:
    """What cannot be said yet, and from when on it can."""
    found, w, f = page.found, page.words, page.format
    rows = []
    s = found.one("summary")
    if s["customers"] < ENOUGH:
        return [w.text("Nearly everything: rates and groups need at least %(n)s customers.", n=f.count(ENOUGH))]
    young = [row for row in found.all("retention") if row["base"] < ENOUGH or not row["complete"]]
    if young:
        days = young[0]["horizon"]
        rows.append(
            w.text(
                "How many come back within %(days)s days: it takes data of %(all)s days, "
                "and %(n)s customers in their first month.",
                days=f.count(days),
                all=f.count(days + BASE_DAYS),
                n=f.count(ENOUGH),
            )
        )
    clv = found.one("clv")
    if clv["years"] is None or clv["dormant_customers"] < ENOUGH:
        rows.append(
            w.text("What a customer is worth over the years: too few have stopped buying to know how long they stay.")
        )
    if all(row["state"] == "unknown" for row in found.all("states")):
        rows.append(w.text("Who is drifting: it takes at least 10 customers who came back to know the shop's rhythm."))
    return rows


def missing(page: Page) -> list[str]:
    """What data would light up."""
    w, there = page.words, page.found.one("there")
    wanted = [
        (page.costs_known, w.text("Costs of products: who brings the profit, not only the revenue.")),
        (there["products"], w.text("Product names on the lines: which first products make people return.")),
        (
            there["promised"],
            w.text("Promised and actual delivery days: whether promises are kept, and what late parcels cost you."),
        ),
        (there["tickets"] or there["ratings"], w.text("Tickets and ratings: why customers leave.")),
        (there["behaviour"], w.text("Visits of the shop's pages: how many visitors buy.")),
        (there["spend"], w.text("What you spend on advertising: what winning a customer costs.")),
        (page.found.all("countries"), w.text("Countries of customers: where they live.")),
    ]
    return [text for there_is, text in wanted if not there_is]
