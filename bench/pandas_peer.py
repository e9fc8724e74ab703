"""The main answers as somebody with pandas would write them: columns read from Parquet, grouped in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ORDERS = ["order_id", "customer_id", "ordered_at", "ordered_day", "cancelled_at", "net"]


def answer(*, folder: str, names: list[str]) -> dict[str, Any]:
    """In a child: read what is needed and answer."""
    import pandas as pd

    from bench.child import timed

    pd.DataFrame({"a": [1]}).groupby("a").size()
    with timed() as clock:
        for name in names:
            _ANSWERS[name](Path(folder))
    return {"seconds": clock.seconds}


def _orders(folder: Path) -> pd.DataFrame:
    import pandas as pd

    o = pd.read_parquet(folder / "orders.parquet", columns=ORDERS)
    o = o[o.cancelled_at.isna() & o.net.notna()]
    r = pd.read_parquet(folder / "refunds.parquet", columns=["order_id", "net"])
    o = o.merge(r.groupby("order_id").net.sum().rename("refunded"), on="order_id", how="left")
    o["refunded"] = o.refunded.fillna(0)
    o["revenue"] = o.net - o.refunded
    o["counts"] = ~((o.net > 0) & (o.refunded >= o.net))
    return o


def _profits(folder: Path) -> pd.DataFrame:
    import pandas as pd

    o = _orders(folder)
    n = pd.read_parquet(folder / "lines.parquet", columns=["order_id", "kind", "quantity", "cost"])
    n["units"] = n.quantity.where(n.kind == "product", 0)
    n["unknown"] = (n.kind == "product") & n.cost.isna()
    n = n.groupby("order_id").agg(cost=("cost", "sum"), units=("units", "sum"), unknown=("unknown", "sum"))
    b = pd.read_parquet(folder / "refund_lines.parquet", columns=["order_id", "cost"])
    o = o.merge(n, on="order_id", how="left").merge(
        b.groupby("order_id").cost.sum().rename("returned"), on="order_id", how="left"
    )
    o["profit"] = (o.revenue - o.cost + o.returned.fillna(0)).where(o.unknown == 0)
    return o


def _months(days: pd.Series) -> pd.Series:
    import pandas as pd

    when = pd.to_datetime(days, unit="D")
    return (when.dt.year - 1970) * 12 + when.dt.month - 1


def summary(folder: Path) -> dict[str, Any]:
    """Orders, customers, revenue, profit, repeat rate."""
    o = _profits(folder)
    c = o[o.counts]
    days = c.groupby("customer_id").ordered_day.agg(["min", "max"])
    return {
        "orders": len(c), "customers": len(days), "revenue": o.revenue.sum(), "profit": o.profit.sum(),
        "costed": o.revenue[o.profit.notna()].sum(), "repeaters": (days["max"] > days["min"]).sum(),
        "pieces": c.units.sum(),
    }  # fmt: skip


def monthly(folder: Path) -> pd.DataFrame:
    """Orders, customers, new ones, revenue and profit by month."""
    o = _profits(folder)
    o["month"] = _months(o.ordered_day)
    c = o[o.counts]
    began = c.groupby("customer_id").month.min().rename("began")
    c = c.merge(began, on="customer_id", how="left")
    return o.groupby("month").agg(revenue=("revenue", "sum"), profit=("profit", "sum")).join([
        c.groupby("month").agg(orders=("order_id", "size"), customers=("customer_id", "nunique")),
        c[c.month == c.began].groupby("month").customer_id.nunique().rename("new"),
    ])  # fmt: skip


def rfm(folder: Path) -> pd.DataFrame:
    """Scores of each customer."""
    import numpy as np

    o = _orders(folder)
    o = o[o.counts & o.customer_id.notna()]
    e = o.groupby("customer_id").agg(n=("order_id", "size"), revenue=("revenue", "sum"), last=("ordered_day", "max"))
    e["days"] = o.ordered_day.max() - e["last"]
    steps = [0.2, 0.4, 0.6, 0.8]
    for score, column in (("r", "days"), ("f", "n"), ("m", "revenue")):
        cuts = e[column].quantile(steps, interpolation="lower").to_numpy()
        e[score] = np.searchsorted(cuts, e[column].to_numpy()) + 1
    e["r"] = 6 - e["r"]
    return e


def cohorts(folder: Path) -> pd.DataFrame:
    """Active customers, orders and revenue by cohort and age."""
    o = _orders(folder)
    o = o[o.customer_id.notna()]
    o["month"] = _months(o.ordered_day)
    began = o[o.counts].groupby("customer_id").month.min().rename("cohort")
    o = o.merge(began, on="customer_id")
    o["age"] = (o.month - o.cohort).clip(lower=0)
    money = o.groupby(["cohort", "age"]).agg(revenue=("revenue", "sum"))
    c = o[o.counts].groupby(["cohort", "age"]).agg(active=("customer_id", "nunique"), orders=("order_id", "size"))
    return money.join(c)


def gap_quantiles(folder: Path) -> pd.Series:
    """The distribution of days between occasions."""
    o = _orders(folder)
    d = o.loc[o.counts & o.customer_id.notna(), ["customer_id", "ordered_day"]].drop_duplicates()
    d = d.sort_values(["customer_id", "ordered_day"])
    gaps = d.groupby("customer_id").ordered_day.diff().dropna()
    return gaps.quantile([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])


_ANSWERS: dict[str, Callable[[Path], Any]] = {
    "summary": summary,
    "monthly": monthly,
    "rfm": rfm,
    "cohorts": cohorts,
    "gap_quantiles": gap_quantiles,
}
