"""What people are measured against, found in the tables for a moment: rhythm, groups and rankings of the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from perennial.insight.gaps import dormancy
from perennial.insight.own import StoreRhythm
from perennial.insight.rfm import rfm_cuts
from perennial.insight.rhythm import rhythm_store
from perennial.insight.tables import AsOf, Tables
from perennial.segments.compile.judged import cut_point
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.standing import Standing
from perennial.segments.rules.known import Known
from perennial.segments.rules.rule import Rule, conditions
from perennial.segments.rules.tables import Beside

if TYPE_CHECKING:
    import ibis.expr.types as ir

_MEASURED = ("rhythm", "lifecycle", "rfm")


def known_at(t: Tables, beside: Beside, known: Known, rules: Sequence[Rule], as_of: AsOf) -> Known:
    """``known`` with everything of the whole store that ``rules`` ask for, as of a moment.

    Raises CannotCount for a ranking by what cannot be counted.
    """
    asked = [one for rule in rules for one in conditions(rule)]
    if any(isinstance(one, Standing) and one.kind in _MEASURED for one in asked):
        known = _standing_at(t, known, as_of)
    return replace(known, cuts=cuts_at(t, beside, known, asked, as_of))


def cuts_at(t: Tables, beside: Beside, known: Known, asked: Iterable[object], as_of: AsOf) -> dict[str, float | None]:
    """Where each ranking among ``asked`` begins at a moment, by its text; None: nobody has any of it."""
    ranked = {one.text(): one for one in asked if isinstance(one, Ranked)}
    return {text: _row(cut_point(one, t, beside, known, as_of))["cut"] for text, one in ranked.items()}


def _standing_at(t: Tables, known: Known, as_of: AsOf) -> Known:
    counted = known.treatment
    pace = _row(rhythm_store(t, as_of, treatment=counted))
    cuts = _row(rfm_cuts(t, as_of, treatment=counted))
    own = None
    if pace["log_mean"] is not None:
        own = StoreRhythm(pace["log_mean"], pace["within"], pace["prior_gaps"], pace["shape"])
    silent = _row(dormancy(t, as_of))["dormancy_days"]
    return replace(known, rhythm=own, dormancy=silent, rfm=None if None in cuts.values() else cuts)


def _row(table: ir.Table) -> dict[str, Any]:
    (row,) = table.to_pyarrow().to_pylist()
    return dict(row)
