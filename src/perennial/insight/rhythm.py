"""Own rhythm: how long each customer usually waits between purchases, and whether the silence is longer.

**Model.** A gap is the number of days between two purchase occasions (orders of one day are one occasion).
The logarithm of a person's gaps follows a logistic distribution, so a gap is log-logistic:
P(gap >= t) = 1 / (1 + (t / alpha)^beta), closed in exp, ln and power, which every engine has.

**The store.** Only gaps that ended are seen, and short ones end sooner: a plain mean would call every store
faster than it is. So the mean and variance of the log gap over *people* come from each person's first gap,
weighted by 1 / P(followed for at least that long), followed from the first occasion to ``as_of`` (inverse
probability of censoring; Robins and Rotnitzky, 1992; weights at most 1 / 0.05). The variance *within*
people is the pooled one of their log gaps, how much it differs between people is the method of moments with
the logistic's kurtosis of 4.2; what is left of the total is the variance *between* people.

**The person.** Normal-inverse-gamma shrinkage (Gelman et al., "Bayesian Data Analysis", 3.3): prior location
m0 worth k0 = within / between gaps (at most 100), prior variance IG(a0, within (a0 - 1)). After n log gaps of
mean y and sum of squares S about it:

    k = k0 + n,  m = (k0 m0 + n y) / k,  a = a0 + n/2,  b = b0 + S/2 + k0 n (y - m0)^2 / (2 k)

The next log gap has location m and variance v = b / (a - 1) (1 + 1/k) (predictive: what is not known about
the person widens it). With a logistic of that variance, alpha = exp(m) and beta = pi / sqrt(3 v). Someone who
bought once has the store's rhythm, widened by the whole variance between people.

**States**, by the share of *continuing* customers' gaps that are at least as long as the silence:
on_time while it is 1/2 or more (silence up to the usual gap), due while it is 1/5 or more, drifting while it
is 1/20 or more, then lost; unknown while the store has fewer than 10 people who came back. Of 100 gaps that do end in
another order, 20 pass through drifting and 5 through lost: the price of asking early, known in advance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from perennial.insight.calendar import DAYS_PER_YEAR
from perennial.insight.net import GOODS, days_between, net_orders, occasions, share
from perennial.insight.rhythm_fit import LEAST_SPREAD, at_least, store_rhythm
from perennial.insight.tables import AsOf, Tables, Treatment

if TYPE_CHECKING:
    import ibis.expr.types as ir

DUE, DRIFTING, LOST = 0.5, 0.8, 0.95  # quantiles of the person's own gaps at which a state begins
WHOLE = 1e-6  # what is a whole number of days but for the last digits of ln and exp counts as whole


def rhythm(
    t: Tables,
    as_of: AsOf,
    *,
    treatment: Treatment = GOODS,
    own_gaps: int = 2,
    store: ir.Table | None = None,
) -> ir.Table:
    """One row per person with an order that counts: their rhythm, and where in it they are on ``as_of``.

    Formula and source: see the module. Columns (int64 unless said):

    - ``person_id``, ``occasions``, ``first_day``, ``last_day`` (days), ``days_since_last_order``;
    - ``revenue``: net so far, minor units, by ``treatment``;
    - ``usual_gap`` (float64, days): the median of the next gap; ``beta`` (float64): its shape;
    - ``expected_day``, ``due_day``, ``lost_day``: last day of being on time, due, drifting;
    - ``probability`` (float64): P(the gap to the next order is at least the silence now), of a customer who
      still is one. *Not* the probability of being one: that needs a model of leaving;
    - ``state``: on_time, due, drifting, lost or unknown (module);
    - ``too_early`` (boolean): fewer than ``own_gaps`` own gaps, so the rhythm is mostly the store's;
    - ``mean_gap`` (float64, days): (last - first day + k0 G) / (gaps + k0), G the store's mean first gap;
    - ``yearly_value`` (float64, minor units): revenue per occasion * 365.25 / mean_gap, what a year of them
      is worth while they keep their rhythm.

    Null where the store's rhythm is unknown: all from ``usual_gap`` to ``yearly_value`` but the state and
    the flag.

    ``store``: the store's rhythm as found before (a row of `rhythm_store`), to judge a few people whose
    tables these are; default: that of the people in the tables.
    """
    import ibis

    people = _people(t, as_of, treatment)
    prior = store_rhythm(people, as_of) if store is None else store
    j = people.cross_join(prior.select("log_mean", "within", "prior_gaps", "shape", "mean_first_gap"))
    n = j.gaps.cast("float64")
    own = n.nullif(0.0)
    mean = (j.log_sum / own).fill_null(0.0)
    squares = at_least(j.log_squares - j.log_sum * mean, 0.0)
    k = j.prior_gaps + n
    place = (j.prior_gaps * j.log_mean + j.log_sum) / k
    apart = mean - j.log_mean
    b = j.within * (j.shape - 1.0) + squares / 2.0 + j.prior_gaps * n * apart * apart / (k * 2.0)
    spread = b / (j.shape + n / 2.0 - 1.0) * (1.0 / k + 1.0)
    j = j.mutate(place=place, beta=_beta(spread), silence=days_between(j.last_day, as_of))
    j = j.mutate(
        probability=_longer(j.place, j.beta, j.silence),
        mean_gap=((j.last_day - j.first_day).cast("float64") + j.prior_gaps * j.mean_first_gap)
        / (j.gaps.cast("float64") + j.prior_gaps),
        expected_day=j.last_day + _days(j.place, j.beta, DUE),
        due_day=j.last_day + _days(j.place, j.beta, DRIFTING),
        lost_day=j.last_day + _days(j.place, j.beta, LOST),
    )
    today = j.last_day + j.silence
    state = ibis.cases(
        (j.beta.isnull(), "unknown"),
        (today <= j.expected_day, "on_time"),
        (today <= j.due_day, "due"),
        (today <= j.lost_day, "drifting"),
        else_="lost",
    )
    return j.select(
        "person_id",
        "occasions",
        "first_day",
        "last_day",
        "revenue",
        days_since_last_order=j.silence,
        usual_gap=j.place.exp(),
        beta=j.beta,
        expected_day=j.expected_day,
        due_day=j.due_day,
        lost_day=j.lost_day,
        probability=j.probability,
        state=state,
        too_early=j.gaps < own_gaps,
        mean_gap=j.mean_gap,
        yearly_value=share(j.revenue, j.occasions) * DAYS_PER_YEAR / j.mean_gap,
    )


def rhythm_store(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS) -> ir.Table:
    """One row: the store's own rhythm, towards which people's are shrunk. Formula and source: see the module.

    Columns: ``people``, ``repeaters``, ``gaps`` (int64: who bought, who came back, gaps seen);
    ``log_mean`` (m0), ``within``, ``between`` (variances of the log gap), ``prior_gaps`` (k0), ``shape`` (a0),
    ``mean_first_gap`` (days), and for someone who bought once: ``usual_gap`` (median), ``due_gap`` (the
    longest still due) and ``lost_gap`` (the longest still drifting), all float64, days. Null below 10
    repeaters.
    """
    s = store_rhythm(_people(t, as_of, treatment), as_of)
    beta = _beta(s.within * (1.0 / s.prior_gaps + 1.0))
    s = s.mutate(beta=beta)
    return s.select(
        "people",
        "repeaters",
        s.all_gaps.name("gaps"),
        "log_mean",
        "within",
        "between",
        "prior_gaps",
        "shape",
        "mean_first_gap",
        usual_gap=s.log_mean.exp(),
        due_gap=_quantile(s.log_mean, s.beta, DRIFTING),
        lost_gap=_quantile(s.log_mean, s.beta, LOST),
    )


def rhythm_states(t: Tables, as_of: AsOf, *, treatment: Treatment = GOODS) -> ir.Table:
    """People by state and by whether it is too early to say: how many, and what they are worth.

    Columns: ``state``, ``too_early``, ``customers`` (int64), ``revenue`` (int64, minor units, net so far),
    ``yearly_value`` (float64, minor units, see `rhythm`; null where the rhythm is unknown).
    """
    r = rhythm(t, as_of, treatment=treatment)
    return r.group_by("state", "too_early").aggregate(
        customers=r.count(), revenue=r.revenue.sum(), yearly_value=r.yearly_value.sum()
    )


def _people(t: Tables, as_of: AsOf, treatment: Treatment) -> ir.Table:
    """Per person: occasions, days, revenue, and the sums of their log gaps from which all else follows."""
    import ibis

    visits = occasions(net_orders(t, as_of, treatment, anonymous=False))
    by_day = ibis.window(group_by="person_id", order_by="day")
    visits = visits.mutate(gap=visits.day - visits.day.lag().over(by_day), nth=ibis.row_number().over(by_day))
    visits = visits.mutate(log_gap=visits.gap.cast("float64").ln())
    return visits.group_by("person_id").aggregate(
        occasions=visits.count(),
        revenue=visits.revenue.sum(),
        first_day=visits.day.min(),
        last_day=visits.day.max(),
        gaps=visits.gap.count(),
        first_gap=visits.gap.max(where=visits.nth == 1),
        log_sum=visits.log_gap.sum().fill_null(0.0),
        log_squares=(visits.log_gap * visits.log_gap).sum().fill_null(0.0),
    )


def _beta(spread: ir.FloatingValue) -> ir.FloatingValue:
    """The log-logistic's shape for a variance of the log gap."""
    return math.pi / (at_least(spread, LEAST_SPREAD * LEAST_SPREAD) * 3.0).sqrt()


def _quantile(place: ir.FloatingValue, beta: ir.FloatingValue, q: float) -> ir.FloatingValue:
    """The gap (days) that a share ``q`` of gaps do not exceed: alpha (q / (1 - q))^(1 / beta)."""
    return (place + math.log(q / (1 - q)) / beta).exp()


def _days(place: ir.FloatingValue, beta: ir.FloatingValue, q: float) -> ir.IntegerValue:
    """The whole days of `_quantile`; at least one, for no gap is shorter."""
    import ibis

    days = (_quantile(place, beta, q) + WHOLE).floor().cast("int64")
    return ibis.ifelse(days < 1, ibis.literal(1, "int64"), days)


def _longer(place: ir.FloatingValue, beta: ir.FloatingValue, silence: ir.IntegerValue) -> ir.FloatingValue:
    """P(gap >= silence): 1 up to the first day, for gaps are whole days."""
    import ibis

    past = ibis.greatest(silence, ibis.literal(1, "int64")).cast("float64").ln() - place
    survives = 1.0 / ((past * beta).exp() + 1.0)
    return ibis.ifelse(beta.notnull() & (silence <= 1), ibis.literal(1.0), survives)
