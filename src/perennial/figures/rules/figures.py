"""One row of figures per person, put together from the answers of `insight`. Tables in, table out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perennial.insight.gaps import dormancy
from perennial.insight.lifecycle import lifecycle
from perennial.insight.rfm import rfm, rfm_cuts
from perennial.insight.rhythm import rhythm, rhythm_store
from perennial.insight.tables import AsOf, Tables, Treatment
from perennial.insight.value import realised

if TYPE_CHECKING:
    import ibis.expr.types as ir

MODEL = "rhythm/1"
_TENTH = math.log(9)  # log-odds of the 0.9 quantile: the middle 80 % of a log-logistic lie within


@dataclass(frozen=True, slots=True)
class Population:
    """What single people are measured against: each one row, as `insight` makes it of the whole store."""

    rfm_cuts: ir.Table
    rhythm_store: ir.Table
    dormancy: ir.Table


def population(t: Tables, as_of: AsOf, treatment: Treatment) -> Population:
    """The population of whole tables."""
    return Population(
        rfm_cuts(t, as_of, treatment=treatment),
        rhythm_store(t, as_of, treatment=treatment),
        dormancy(t, as_of),
    )


def figures(t: Tables, as_of: AsOf, treatment: Treatment, against: Population) -> ir.Table:
    """One row per person in ``t`` known by ``as_of``: the columns of `COLUMNS`, by person.

    ``gap_low`` and ``gap_high`` are the 0.1 and 0.9 quantiles of the person's next gap,
    usual_gap * 9^(-+1 / beta), the log-logistic's own (see `insight.rhythm`).
    """
    store = against.rhythm_store
    life = lifecycle(t, as_of, treatment=treatment, store=store, dormant=against.dormancy)
    life = life.select("person_id", "stage", "occasions")
    pace = rhythm(t, as_of, treatment=treatment, store=store).drop(
        "occasions", "first_day", "last_day", "revenue", "days_since_last_order", "mean_gap"
    )
    score = rfm(t, as_of, treatment=treatment, cuts=against.rfm_cuts).select("person_id", "r", "f", "m", "group")
    value = realised(t, as_of, treatment=treatment).drop("costed_revenue", "days_since_last_order")
    j = life.left_join(value, "person_id").drop("person_id_right")
    j = j.left_join(score, "person_id").drop("person_id_right")
    j = j.left_join(pace, "person_id").drop("person_id_right")
    return j.select(
        "person_id",
        orders=j.orders.fill_null(0),
        revenue=j.revenue.fill_null(0),
        profit=j.profit,
        aov=(j.revenue.cast("float64") / j.orders.nullif(0).cast("float64")).round().cast("int64"),
        occasions=j.occasions,
        first_order_day=j.first_day,
        last_order_day=j.last_day,
        stage=j.stage,
        r=j.r,
        f=j.f,
        m=j.m,
        rfm_group=j.group.fill_null(""),
        rhythm=j.state.fill_null("unknown"),
        too_early=j.too_early.fill_null(True),
        usual_gap=j.usual_gap,
        gap_low=j.usual_gap * (-_TENTH / j.beta).exp(),
        gap_high=j.usual_gap * (_TENTH / j.beta).exp(),
        expected_day=j.expected_day,
        due_day=j.due_day,
        lost_day=j.lost_day,
        probability=j.probability,
        yearly_value=j.yearly_value.round().cast("int64"),
    ).order_by("person_id")


COLUMNS = (
    "person_id",
    "orders",
    "revenue",
    "profit",
    "aov",
    "occasions",
    "first_order_day",
    "last_order_day",
    "stage",
    "r",
    "f",
    "m",
    "rfm_group",
    "rhythm",
    "too_early",
    "usual_gap",
    "gap_low",
    "gap_high",
    "expected_day",
    "due_day",
    "lost_day",
    "probability",
    "yearly_value",
)
