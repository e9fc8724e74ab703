"""What is known of a brand when its rules are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from perennial.documents import queries as documents
from perennial.facts.models.brands import Brand, ExchangeRate, Ref, Store
from perennial.figures.queries.answers import stored, treatment
from perennial.insight.own import StoreRhythm
from perennial.segments.models import CutPoint
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.standing import Standing
from perennial.segments.rules.known import Known
from perennial.segments.rules.rule import Rule, conditions
from perennial.segments.rules.scores import scores
from perennial.segments.rules.segment import KIND, Segment
from perennial.values.hashing import fingerprint
from perennial.values.ids import parse

_E12 = Decimal(10) ** 12


def live_segments(*, brand_id: int, at: datetime) -> dict[str, tuple[int, Segment]]:
    """The segments in force at an instant, by key: the version of the document, and what it says."""
    return {
        one.key: (one.version, KIND.read(one.stored, one.schema, what=f"segment {one.reference}"))
        for one in documents.live(brand_id=brand_id, at=at, kind=KIND.name)
    }


def known_of(*, brand_id: int, rules: Iterable[Rule], at: datetime) -> Known:
    """What both evaluators take as given for these rules, as it was found last."""
    rules = list(rules)
    brand = Brand.objects.get(id=brand_id)
    stores = list(Store.objects.filter(brand_id=brand_id))
    return Known(
        currency=brand.currency,
        treatment=treatment(brand_id, at),
        rates=_rates(brand_id),
        stores={store.key: store.id for store in stores},
        currencies={store.id: store.currency for store in stores},
        products=_products(brand_id, rules),
        rhythm=_rhythm(_row(brand_id, "rhythm_store")),
        dormancy=(_row(brand_id, "dormancy") or {}).get("dormancy_days"),
        rfm=_rfm(_row(brand_id, "rfm_cuts")),
        cuts=_cuts(brand_id, rules),
        scores={name: score.unit for name, score in scores().items()},
    )


def _rates(brand_id: int) -> dict[str, Decimal]:
    """The newest rate of each currency."""
    rates = ExchangeRate.objects.filter(brand_id=brand_id)
    newest = dict(rates.values_list("currency").annotate(day=Max("day")))
    held = rates.filter(currency__in=newest, day__in=set(newest.values())) if newest else rates.none()
    return {
        currency: Decimal(rate) / _E12
        for currency, day, rate in held.values_list("currency", "day", "rate_e12")
        if newest[currency] == day
    }


def cut_key(ranked: Ranked) -> str:
    """The name under which the cut-point of a ranking is kept."""
    return fingerprint(ranked.text())


def rankings(rules: Iterable[Rule]) -> dict[str, Ranked]:
    """The rankings in these rules, by their text."""
    return {one.text(): one for rule in rules for one in conditions(rule) if isinstance(one, Ranked)}


def _products(brand_id: int, rules: list[Rule]) -> dict[str, frozenset[int]]:
    """The ids of the products that rules name: by their names at the shops, or by their public ids."""
    names: set[str] = set()
    for rule in rules:
        for one in conditions(rule):
            if isinstance(one, Counted):
                names.update(part.name for part in one.of if part.by == "product")
            elif isinstance(one, Standing) and one.kind.endswith("product"):
                names.update(one.values)
    found: dict[str, set[int]] = {}
    refs = Ref.objects.filter(brand_id=brand_id, kind="product", name__in=names)
    for name, target in refs.values_list("name", "target") if names else ():
        found.setdefault(name, set()).add(target)
    for name in names:
        if name.startswith("prd_"):
            try:
                found.setdefault(name, set()).add(parse("prd", name))
            except ValueError:
                continue  # a shop may call its product so
    return {name: frozenset(ids) for name, ids in found.items()}


def _cuts(brand_id: int, rules: list[Rule]) -> dict[str, float | None]:
    keys = {cut_key(ranked): text for text, ranked in rankings(rules).items()}
    if not keys:
        return {}
    kept = CutPoint.objects.filter(brand_id=brand_id, key__in=keys)
    return {keys[key]: value for key, value in kept.values_list("key", "value")}


def _row(brand_id: int, name: str) -> dict[str, Any] | None:
    """The one row of a stored answer; None where it was not computed yet."""
    answer = stored(brand_id=brand_id, name=name)
    if answer is None or not answer.body or not answer.body["rows"]:
        return None
    return dict(zip(answer.body["columns"], answer.body["rows"][0], strict=True))


def _rhythm(row: Mapping[str, Any] | None) -> StoreRhythm | None:
    if row is None or row["log_mean"] is None:
        return None
    return StoreRhythm(row["log_mean"], row["within"], row["prior_gaps"], row["shape"])


def _rfm(row: Mapping[str, Any] | None) -> dict[str, int] | None:
    return None if row is None or None in row.values() else {name: int(value) for name, value in row.items()}
