"""What is known of the whole store, as tables of one row: what people are measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perennial.segments.rules.known import Known

if TYPE_CHECKING:
    import ibis.expr.types as ir

_RHYTHM = ("log_mean", "within", "prior_gaps", "shape")


def store_rhythm(known: Known) -> ir.Table:
    """As `insight.rhythm.rhythm_store` gives it; all null where the store is too young to say."""
    own = known.rhythm
    values = {name: None if own is None else float(getattr(own, name)) for name in _RHYTHM}
    return _one_row({**values, "mean_first_gap": None}, "float64")


def dormant(known: Known) -> ir.Table:
    """As `insight.gaps.dormancy` gives it."""
    return _one_row({"dormancy_days": known.dormancy}, "int64")


def rfm_cuts(known: Known) -> ir.Table | None:
    """As `insight.rfm.rfm_cuts` gives them; None where there are none."""
    return None if known.rfm is None else _one_row(dict(known.rfm), "int64")


def _one_row(values: dict[str, int | float | None], type_: str) -> ir.Table:
    import ibis
    import pyarrow as pa

    arrow = {"int64": pa.int64(), "float64": pa.float64()}[type_]
    return ibis.memtable(pa.table({name: pa.array([value], arrow) for name, value in values.items()}))
