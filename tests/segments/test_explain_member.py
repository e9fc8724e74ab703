"""Explained and recomputed from the facts of a brand: of one person, read fast; of a past day, as known today."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from perennial.figures.actions.refresh_mirror import mirror_steps
from perennial.figures.queries.mirror import tables_of
from perennial.insight.tables import AsOf
from perennial.segments.actions.explain import explain_member
from perennial.segments.actions.recompute import recompute_wanted
from perennial.segments.compile.histories import histories
from perennial.segments.queries.beside import beside_arrow, beside_rows, names_in
from perennial.segments.queries.facts import histories_of
from perennial.segments.rules.known import CannotCount
from perennial.segments.rules.rule import read
from perennial.segments.rules.tables import Beside
from perennial.values.time import LocalDay

from .test_follow import DAY, NOW, Shop, buy

pytestmark = pytest.mark.django_db(transaction=True)
RULES = (
    'spent(6 months) >= 250 and not bought(category "Tea")',
    "refunded >= 10 and late_delivery and open_ticket",
    'visited >= 1 and label("tier:gold") and reachable(email)',
)


def test_few_people_are_read_as_everybody_is():
    import ibis

    shop = Shop()
    people = [shop.customer() for _ in range(4)]
    orders = [buy(shop, one, NOW - n * DAY, 10_000 + n) for n, one in enumerate(people[:3])]
    shop.refund(orders[0], NOW, 4_000)
    rules = [read(text) for text in RULES]
    t = tables_of(shop.id, people)
    rows = beside_rows(brand_id=shop.id, names=names_in(rules), customers=people)
    beside = Beside(**{name: ibis.memtable(table) for name, table in beside_arrow(rows).items()})
    whole = {person: asdict(one) for person, one in histories(t, beside).items()}
    for _ in range(2):  # nothing of the first question stays for the second
        few = histories_of(brand_id=shop.id, customers=people, rules=rules)
        assert {person: asdict(one) for person, one in few.items()} == whole
    one = histories_of(brand_id=shop.id, customers=people[:1], rules=rules)
    assert list(one) == people[:1]
    assert [len(one[people[0]].orders), len(one[people[0]].refunds)] == [1, 1]


def test_somebody_is_explained_with_what_is_missing_until_when_and_since_when():
    shop = Shop()
    ann = shop.customer()
    shop.segment("big", "spent(6 months) >= 250")
    shop.segment("ours", 'segment("big") or orders >= 5')
    buy(shop, ann, NOW - 10 * DAY, 21_180)
    shop.follow()
    found = explain_member(brand_id=shop.id, customer_id=ann, segment="ours", now=NOW)
    assert (found["customer"], found["segment"], found["stays"]) == (ann, "ours", [])
    verdict = found["verdict"]
    assert (verdict["sort"], verdict["holds"]) == ("any", False)
    named, orders = verdict["parts"]
    assert (named["sort"], named["key"], named["title"]) == ("segment", "big", "big")
    (spent,) = named["parts"]
    assert (spent["held"]["value"], spent["missing"]["how"], spent["missing"]["amount"]) == (21_180, "more", 3_820)
    bought = LocalDay.of(NOW - 10 * DAY, "Europe/Madrid")
    assert spent["until"] == bought.plus_months(6)
    assert orders["missing"]["amount"] == 4
    buy(shop, ann, NOW, 3_820)
    shop.follow(NOW + DAY / 24)
    found = explain_member(brand_id=shop.id, customer_id=ann, segment="ours", now=NOW + DAY / 24)
    assert found["verdict"]["holds"]
    assert found["verdict"]["stays"] == bought.plus_months(6)
    assert [(stay["entered_why"], stay["left_at"]) for stay in found["stays"]] == [("fact", None)]
    with pytest.raises(CannotCount, match="no live segment"):
        explain_member(brand_id=shop.id, customer_id=ann, segment="none", now=NOW)


def test_a_past_day_is_recomputed_with_what_was_recorded_late_and_by_the_cut_points_of_that_day():
    shop = Shop()
    ann, bob = shop.customer(), shop.customer()
    buy(shop, ann, NOW - 20 * DAY, 30_000, told=False)
    buy(shop, bob, NOW - 5 * DAY, 90_000, told=False)
    shop.segment("top", "top 50 % by spent")
    shop.follow(NOW)
    assert shop.members("top") == {bob}
    list(mirror_steps(brand_id=shop.id, now=NOW))
    day = LocalDay.of(NOW - 10 * DAY, "Europe/Madrid")
    wish = {"as_of": int(day), "segment": "top", "rule": {}}
    found = recompute_wanted(brand_id=shop.id, wish=wish, now=NOW)
    # Then only Ann had bought; and nobody had recorded a segment.
    assert (found["recorded"], found["recomputed"], found["only_recomputed"]) == (0, 1, 1)
    assert found["differing"] == [{"customer": ann, "recorded": False}]
    today = wish | {"as_of": int(LocalDay.of(NOW, "Europe/Madrid"))}
    found = recompute_wanted(brand_id=shop.id, wish=today, now=NOW + timedelta(days=1))
    assert (found["recorded"], found["recomputed"], found["differing"]) == (1, 1, [])
    assert AsOf.moment(day, "Europe/Madrid").day == day
