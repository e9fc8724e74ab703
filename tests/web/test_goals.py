"""Goals and sums: set, changed, ended, told; two people at once; pages of a store in which nothing is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from perennial.documents.queries import latest
from perennial.facts.rules import records as r
from perennial.values.ids import public
from perennial.values.time import LocalDay
from tests.web.conftest import NOW, signed_in
from tests.web.people import customer, figures, id_of, record

PAGES = ("today", "retention", "value", "products", "delivery", "conversion", "service")
NEWSLETTER = {"title": "Newsletter", "behaviour": "goal:newsletter", "product": "", "target": "5", "seen_version": 0}


def answer(store: Any, name: str, rows: list[dict[str, Any]], at: datetime | None = None, **params: Any) -> Any:
    """A stored answer as the loop would write it."""
    from perennial.database import ids
    from perennial.figures.models import Answer
    from perennial.values.hashing import fingerprint

    at = at or datetime.now(NOW.tzinfo)
    columns = list(rows[0]) if rows else ["month"]
    body = {"columns": columns, "types": [], "rows": [list(row.values()) for row in rows]}
    return Answer.objects.create(
        id=ids.new(), brand_id=store.brand_id, store_id=0, name=name, params=params, params_key=fingerprint(params),
        as_of=at, computed_at=at, total=len(rows), body=body,
    )  # fmt: skip


def rate(name: str, month: int, numerator: int, denominator: int) -> dict[str, Any]:
    value = numerator / denominator
    return {
        "month": month, "rate": name, "numerator": numerator, "denominator": denominator, "value": value,
        "low": value * 0.9, "high": value * 1.1,
    }  # fmt: skip


def goal(store: Any, key: str) -> Any:
    return latest(brand_id=store.brand_id, kind="goal", key=key)


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_store_is_told_what_comes_next(store, owner, name):
    page = owner.get(f"/b/main/{name}/")
    assert page.status_code == 200
    if name == "today":
        assert b"No orders yet" in page.content
        assert b'href="/b/main/data/"' in page.content
    else:
        assert b"are being computed" in page.content


def test_where_nothing_came_of_it_the_pages_say_what_it_takes(store, owner):
    for name in ("retention", "retention_trend", "cohorts", "delivery_by_carrier", "conversion", "service_levels"):
        answer(store, name, [])
    assert b"It takes 30 waits" in owner.get("/b/main/retention/").content
    assert b"No visits yet" in owner.get("/b/main/conversion/").content
    assert b"No tickets yet" in owner.get("/b/main/service/").content


@pytest.mark.parametrize("found", [{"base": 0, "retained": 0, "rate": None}, {"base": 40, "retained": 9, "rate": 0.2}])
def test_a_goal_of_coming_back_waits_while_nothing_can_be_told(store, owner, found):
    """An idle shop has a window in which nobody ordered: there is no rate to hold against the goal."""
    told = {"title": "Come back", "within": "180", "target": "30", "seen_version": 0}
    assert owner.post("/b/main/goals/new/?kind=returning", told).status_code == 302
    row = {
        "horizon": 180, "base_from": 20_000, "base_to": 20_029, "low": None, "high": None, "complete": False, **found
    }  # fmt: skip
    answer(store, "retention", [row], horizons=[30, 90, 180, 365], base_days=30)
    page = owner.get("/b/main/retention/")
    assert page.status_code == 200
    assert "too early to say" in page.content.decode()
    assert "not reached" not in page.content.decode()


def test_a_goal_is_set_shown_changed_and_ended(store, owner):
    assert owner.post("/b/main/goals/new/?kind=doing", NEWSLETTER).status_code == 302
    held = goal(store, "newsletter")
    assert (held.version, held.state) == (1, "live")
    assert held.stored["counts"] == {
        "kind": "doing", "behaviour": "goal:newsletter", "product": None, "target": 0.05,
    }  # fmt: skip
    month = LocalDay.of(datetime.now(NOW.tzinfo), "Europe/Madrid").month - 1
    answer(store, "conversion", [rate("goal:newsletter", month, 60, 1000)], goals=["goal:newsletter"])
    page = owner.get("/b/main/conversion/").content.decode()
    assert "60 / 1,000" in page
    assert "6.0%" in page
    assert 'badge good">reached' in page
    changed = owner.post("/b/main/goals/newsletter/", {**NEWSLETTER, "target": "7.5", "seen_version": 1})
    assert changed.status_code == 302
    assert goal(store, "newsletter").stored["counts"]["target"] == 0.075
    assert "not reached" in owner.get("/b/main/conversion/").content.decode()
    assert owner.post("/b/main/goals/newsletter/end/", {"seen_version": 2}).status_code == 302
    assert goal(store, "newsletter").state == "retired"
    assert "Newsletter" not in owner.get("/b/main/conversion/").content.decode()
    assert owner.get("/b/main/goals/newsletter/").status_code == 404


def test_every_change_of_a_goal_is_in_the_log(store, owner):
    from perennial.web.models import Audit

    owner.post("/b/main/goals/new/", NEWSLETTER)
    owner.post("/b/main/goals/newsletter/", {**NEWSLETTER, "seen_version": 1})  # says the same: nothing is done
    owner.post("/b/main/goals/newsletter/end/", {"seen_version": 1})
    noted = Audit.objects.filter(brand_id=store.brand_id, subject="document.goal").order_by("id")
    assert list(noted.values_list("verb", flat=True)) == ["goal.save", "goal.end"]
    assert noted[0].fields == ["counts", "title"]


def test_who_saves_second_is_told_the_difference_and_may_still_save(store, owner):
    owner.post("/b/main/goals/new/", NEWSLETTER)
    other = signed_in(store, "marketer")
    assert other.post("/b/main/goals/newsletter/", {**NEWSLETTER, "target": "8", "seen_version": 1}).status_code == 302
    mine = {**NEWSLETTER, "title": "Letter", "seen_version": 1}
    told = owner.post("/b/main/goals/newsletter/", mine)
    page = told.content.decode()
    assert told.status_code == 409
    assert "Somebody else saved this after you opened it" in page
    assert "<td>0.05</td><td>0.08</td>" in page
    assert "<td>Newsletter</td><td>Letter</td>" in page
    assert 'name="seen_version" value="2"' in page
    assert goal(store, "newsletter").version == 2
    assert owner.post("/b/main/goals/newsletter/end/", {"seen_version": 1}).status_code == 409
    assert goal(store, "newsletter").state == "live"
    assert owner.post("/b/main/goals/newsletter/", {**mine, "seen_version": 2}).status_code == 302
    assert goal(store, "newsletter").stored["title"] == "Letter"


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"target": "0"}, "Write a number above 0 and up to 100"),
        ({"target": "101"}, "Write a number above 0 and up to 100"),
        ({"target": "a lot"}, "Write a number above 0 and up to 100"),
        ({"title": ""}, "This field is required"),
        ({"behaviour": "Join us!"}, "pattern"),
        ({"behaviour": "mail_opened"}, "reading a mail is no visit"),
        ({"product": "17"}, "is no prd_ id"),
        ({"seen_version": "x"}, "Enter a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(store, owner, change, remedy):
    told = owner.post("/b/main/goals/new/", {**NEWSLETTER, **change})
    assert told.status_code == 400
    assert remedy in told.content.decode()
    assert goal(store, "newsletter") is None


def test_two_goals_of_one_name_are_two(store, owner):
    for _ in range(2):
        owner.post("/b/main/goals/new/", {**NEWSLETTER, "title": "New"})
    assert goal(store, "new") is None
    assert [goal(store, key).version for key in ("new-2", "new-3")] == [1, 1]


def test_the_goal_of_the_retention_rate_is_the_line_that_pages_hold_it_against(store, owner):
    told = {"title": "Come back", "within": 60, "target": "40", "seen_version": 0}
    assert owner.post("/b/main/goals/new/?kind=returning", told).status_code == 302
    rows = [
        {"horizon": days, "base_from": 20_000, "base_to": 20_029, "base": 200, "retained": 70, "rate": 0.35,
         "low": 0.29, "high": 0.42, "complete": True}
        for days in (30, 60, 90, 180, 365)
    ]  # fmt: skip
    answer(store, "retention", rows, horizons=[30, 60, 90, 180, 365], base_days=30)
    page = owner.get("/b/main/retention/").content.decode()
    assert 'goals/come-back/">40%</a> <span class="badge warn">not reached' in page
    answer(store, "retention", rows[1:2], horizons=[60], base_days=30)
    _order(store, "1", promised=None)
    today = owner.get("/b/main/today/").content.decode()
    assert "The goal is 40%: 10 more of them would have had to come back." in today


def test_goals_and_sums_are_for_those_who_make_the_programme(store, owner):
    owner.post("/b/main/goals/new/", NEWSLETTER)
    reader = signed_in(store, "read_only")
    for address in ("goals/new/", "goals/newsletter/", "settings/sums/"):
        assert reader.get(f"/b/main/{address}").status_code == 403
    assert reader.post("/b/main/goals/newsletter/end/", {"seen_version": 1}).status_code == 403
    page = reader.get("/b/main/conversion/").content.decode()
    assert "Newsletter" in page
    assert "Set a goal" not in page


def test_another_brand_s_goals_and_answers_are_not_there(store, owner):
    from perennial.facts.actions.stores import open_store

    owner.post("/b/main/goals/new/", NEWSLETTER)
    answer(store, "conversion", [rate("visitor_conversion", 600, 50, 1000)], goals=["goal:newsletter"])
    other = signed_in(
        open_store(now=NOW, currency="GBP", zone="Europe/London", name="Other", brand="other"), "marketer"
    )
    assert other.get("/b/main/conversion/").status_code == 404
    assert other.get("/b/main/goals/newsletter/").status_code == 404
    assert other.get("/b/other/goals/newsletter/").status_code == 404
    page = other.get("/b/other/conversion/").content.decode()
    assert "Newsletter" not in page
    assert "1,000" not in page


SUMS = {
    "tax": "on", "winning": "12.50", "keeping": "2", "good": "3", "usual": "4", "source": "My own years",
    "seen_version": 0,
}  # fmt: skip


def test_what_counts_is_said_once_and_computed_anew(store, owner):
    from perennial.facts.actions.loop_schedules import schedule
    from perennial.facts.models.loop import Schedule
    from perennial.figures.models import Answer

    kept = answer(store, "summary", [{"customers": 1}])
    schedule(tasks=[(store.brand_id, "nightly", NOW + timedelta(days=9999))])
    assert owner.post("/b/main/settings/sums/", SUMS).status_code == 302
    said = latest(brand_id=store.brand_id, kind="reporting", key="default").stored
    assert said["sums"] == {"tax": True, "shipping": False}
    assert said["costs"] == {"winning": "12.50 EUR", "keeping": "2.00 EUR"}
    assert said["conversion"]["benchmark"]["source"] == "My own years"
    assert Answer.objects.get(id=kept.id).wanted_at is not None
    assert Schedule.objects.get(task="nightly").due_at < NOW + timedelta(days=9998)
    Answer.objects.update(wanted_at=None)
    again = {**SUMS, "good": "", "usual": "", "source": "", "seen_version": 1}
    assert owner.post("/b/main/settings/sums/", again).status_code == 302
    assert latest(brand_id=store.brand_id, kind="reporting", key="default").stored["conversion"]["benchmark"] is None
    assert Answer.objects.get(id=kept.id).wanted_at is None  # no sum counts otherwise
    told = owner.post("/b/main/settings/sums/", {**SUMS, "shipping": "on", "seen_version": 1})
    assert told.status_code == 409
    assert "With shipping" in told.content.decode()


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"winning": "12 EUR"}, "Write an amount such as 12.50"),
        ({"keeping": "1.234"}, "Write an amount such as 12.50"),
        ({"good": "1000"}, "Write a number from 0 to 100"),
        ({"source": ""}, "A line needs all three"),
        ({"good": "9"}, "swap them"),
    ],
)
def test_wrong_sums_are_refused_at_their_field(store, owner, change, remedy):
    told = owner.post("/b/main/settings/sums/", {**SUMS, **change})
    assert told.status_code == 400
    assert remedy in told.content.decode()
    assert latest(brand_id=store.brand_id, kind="reporting", key="default") is None


def test_costs_that_are_stated_are_set_against_each_other(store, owner):
    owner.post("/b/main/settings/sums/", SUMS)
    row = {
        "new_customers": 40, "returning_customers": 60, "winning_cost": None, "cost_per_new": None,
        "revenue_per_new": 5000.0, "revenue_per_kept": 9000.0,
    }  # fmt: skip
    answer(store, "winning_and_keeping", [row])
    page = owner.get("/b/main/value/").content.decode()
    assert "Winning a customer costs 6.2 times as much as keeping one for a year." in page


def _order(store: Any, name: str, promised: int | None) -> int:
    """An order of Ana's, 20 days old, promised for so many days from now; its id."""
    from perennial.models import Order

    at = NOW - timedelta(days=20)
    made = r.Order(
        name=name, number=f"#{name}", who=r.Who(account="ana"), ordered_at=at, updated_at=at, total=1000,
        currency="EUR", promised_at=None if promised is None else NOW + timedelta(days=promised),
        lines=(r.Line(name="1", title="Cup", total=1000),),
    )  # fmt: skip
    record(store, customers=[customer("ana", first_name="<b>Ana", last_name="Ruiz")], orders=[made])
    return int(Order.objects.get(name=name).id)


def test_what_came_since_is_late_no_more(store, owner):
    ids = [_order(store, name, promised=-5) for name in ("11", "12")]
    ana = id_of("ana")
    answer(store, "late_now", [
        {"order_id": id_, "customer_id": ana, "person_id": ana, "carrier": "Nordpost", "promised_day": 20_508,
         "days_late": 5, "shipped": True, "first_order": False}
        for id_ in ids
    ])  # fmt: skip
    page = owner.get("/b/main/delivery/").content.decode()
    assert "2 orders are late at this moment" in page
    assert "&lt;b&gt;Ana Ruiz" in page
    assert f"/b/main/customers/{public('cus', ana)}/" in page
    record(store, fulfilments=[r.Fulfilment(name="p", order="12", delivered_at=NOW, updated_at=NOW)])
    page = owner.get("/b/main/delivery/").content.decode()
    assert "1 order is late at this moment" in page
    assert "#12" not in page


def test_every_page_counts_the_same_orders_as_late(store, owner):
    """Also those that came and are beyond what a page lists: Today lists fewer than Delivery."""
    ids = [_order(store, f"{n}", promised=-5) for n in range(60)]
    ana = id_of("ana")
    answer(store, "late_now", [
        {"order_id": id_, "customer_id": ana, "person_id": ana, "carrier": "", "promised_day": 20_508,
         "days_late": 100 - n, "shipped": True, "first_order": False}
        for n, id_ in enumerate(ids)
    ])  # fmt: skip
    come = [r.Fulfilment(name=f"p{n}", order=f"{n}", delivered_at=NOW, updated_at=NOW) for n in range(40, 58)]
    record(store, fulfilments=come)
    for name in ("today", "delivery"):
        assert "42 orders are late at this moment" in owner.get(f"/b/main/{name}/").content.decode(), name


def test_a_month_is_over_once_its_rates_were_computed_behind_it(store, owner, monkeypatch):
    """Between the turn of the month and the night's work the newest month lacks its last day."""
    from perennial.web.desk import page as desk_page

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 3, 1, 0, 30, tzinfo=tz)

    monkeypatch.setattr(desk_page, "datetime", Clock)
    newest = LocalDay.on(date(2026, 2, 1)).month
    rows = [rate("visitor_conversion", newest - n, 60, 1000 * (5 - n)) for n in range(5)]
    rows += [rate("macro", newest - n, 70, 500) for n in range(5)]
    found = answer(store, "conversion", rows, at=datetime(2026, 2, 28, 3, tzinfo=NOW.tzinfo))
    told = "In Jan 2026 60 of 4,000 visitors ordered"
    assert told in owner.get("/b/main/conversion/").content.decode()
    found.as_of = found.computed_at = datetime(2026, 3, 1, 0, 10, tzinfo=NOW.tzinfo)
    found.save()
    page = owner.get("/b/main/conversion/").content.decode()
    assert told not in page
    assert "In Feb 2026 60 of 5,000 visitors ordered" in page
    assert "In Feb 2026: 70 orders, and 500 visitors who looked at a product" in page


def test_who_drifts_is_named_from_figures_the_worthiest_first(store, owner):
    _order(store, "1", promised=None)
    record(store, customers=[customer("bea", first_name="Bea")])
    answer(store, "rhythm_states", [
        {"state": "drifting", "too_early": False, "customers": 2, "revenue": 1, "yearly_value": 70_000.0}
    ])  # fmt: skip
    for account, worth in (("ana", 20_000), ("bea", 50_000)):
        figures(store, id_of(account), rhythm="drifting", too_early=False, yearly_value=worth, usual_gap=30.0,
                last_order_day=20_450)  # fmt: skip
    page = owner.get("/b/main/today/").content.decode()
    assert "2 regular customers are later than usual now; at their rhythm they are worth €700.00 a year." in page
    assert page.index("Bea") < page.index("&lt;b&gt;Ana Ruiz")
    assert "/b/main/customers/?rhythm=drifting" in page


def test_months_are_compared_with_the_one_before_and_with_last_year(store, owner):
    _order(store, "1", promised=None)
    rows = [
        {"month": month, "new_revenue": new, "returning_revenue": back, "returning_share": 0.5, "complete": month < 680}
        for month, new, back in ((667, 10_000, 40_000), (678, 20_000, 50_000), (679, 30_000, 44_000), (680, 1, 1))
    ]
    answer(store, "new_and_returning", rows)
    page = owner.get("/b/main/today/").content.decode()
    assert "In Aug 2026 returning customers brought €440.00" in page
    for change in ("−12%", "+10%", "+50%", "+200%"):
        assert change in page
    assert "/b/main/customers/?cohort=2026-08" in page


def test_an_old_answer_is_shown_and_asked_for_again(store):
    from perennial.figures.models import Answer
    from perennial.web.desk.answers import read

    kept = answer(store, "delivery", [{"promised": 7}], at=NOW, days=90)
    soon = read(store.brand_id, "delivery", now=NOW + timedelta(hours=20), days=90)
    assert soon.one == {"promised": 7}
    assert Answer.objects.get(id=kept.id).wanted_at is None
    late = read(store.brand_id, "delivery", now=NOW + timedelta(hours=27), days=90)
    assert (late.one, late.waiting) == ({"promised": 7}, False)
    assert Answer.objects.get(id=kept.id).wanted_at == NOW + timedelta(hours=27)


def planned(store: Any, kind: str, key: str, body: dict[str, Any], begins: datetime | None) -> None:
    """What the API saves: a draft, or a version that begins later."""
    from perennial.documents.actions import save

    now = datetime.now(NOW.tzinfo)
    newest = latest(brand_id=store.brand_id, kind=kind, key=key)
    save(
        brand_id=store.brand_id, kind=kind, key=key, body=body, author="key:pk", now=now, effective_from=begins,
        seen_version=newest.version if newest else 0, state="live" if begins else "draft",
    )  # fmt: skip


def test_a_version_that_the_api_has_planned_is_not_undone_by_the_desk(store, owner):
    owner.post("/b/main/goals/new/", NEWSLETTER)
    begins = datetime.now(NOW.tzinfo) + timedelta(days=3)
    body = goal(store, "newsletter").stored
    planned(store, "goal", "newsletter", {**body, "title": "Letters"}, begins)
    page = owner.get("/b/main/goals/newsletter/")
    assert "Another version begins on" in page.text
    assert 'value="Newsletter"' in page.text
    saved = owner.post("/b/main/goals/newsletter/", {**NEWSLETTER, "target": "7", "seen_version": 2})
    assert (saved.status_code, "The API has planned another version" in saved.text) == (400, True)
    ended = owner.post("/b/main/goals/newsletter/end/", {"seen_version": 2})
    assert (ended.status_code, "The API has planned another version" in ended.text) == (409, True)
    planned(store, "reporting", "default", {"sums": {"tax": True, "shipping": False}}, begins)
    sums = {"winning": "", "keeping": "", "good": "", "usual": "", "source": "", "seen_version": 1, "shipping": "on"}
    refused = owner.post("/b/main/settings/sums/", sums)
    assert (refused.status_code, "The API has planned another version" in refused.text) == (400, True)


def test_a_draft_is_not_shown_as_what_counts(store, owner):
    """And saving it live has everything computed anew, though the draft said the same."""
    from perennial.figures.models import Answer

    answer(store, "summary", [{"orders": 1}])
    planned(store, "reporting", "default", {"sums": {"tax": True, "shipping": False}}, None)
    page = owner.get("/b/main/settings/sums/")
    assert "There is a draft by the API" not in page.text  # nothing was said before: the draft is all there is
    assert 'name="tax" id="id_tax" checked' not in page.text
    sums = {"winning": "", "keeping": "", "good": "", "usual": "", "source": "", "seen_version": 1, "tax": "on"}
    assert owner.post("/b/main/settings/sums/", sums).status_code == 302
    assert Answer.objects.get(brand_id=store.brand_id, name="summary").wanted_at is not None
    planned(store, "reporting", "default", {"sums": {"tax": False, "shipping": True}}, None)
    page = owner.get("/b/main/settings/sums/")
    assert "There is a draft by the API" in page.text
    assert 'name="tax" id="id_tax" checked' in page.text


def test_the_log_names_what_the_desk_and_the_api_save_alike(store, owner):
    owner.post("/b/main/goals/new/", NEWSLETTER)
    page = owner.get("/b/main/log/")
    assert "saved a goal" in page.text
    assert "what=document.goal" in page.text or 'value="document.goal"' in page.text
