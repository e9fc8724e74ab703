"""Today and the pages of answers: what they say is what is stored, and nothing is computed to say it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel import Locale
from playwright.sync_api import expect

from perennial.display import axes, lines
from perennial.display.numbers import Format
from perennial.display.svg import render
from tests.web.conftest import Looked, Served, environment

if TYPE_CHECKING:
    from playwright.sync_api import Page

F = Format(Locale.parse("en"), "EUR")
PAGES = ("today", "retention", "value", "products", "delivery", "conversion", "service", "settings/sums", "goals/new")
TRIED = "value/?aov=100&frequency=2&repeats=1&years=3&margin=40"

AWAY = ("drifting", "lost")


class Seen:
    """The pages of the made-up store, and the stored answers that they tell."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.loaded: list[str] = told["loaded"]
        self._pages, self._answers = told["pages"], told["answers"]

    def page(self, name: str) -> dict[str, Any]:
        return self._pages[f"/b/main/{name}" if "?" in name else f"/b/main/{name}/"]

    def text(self, name: str) -> str:
        """What a page says, without its tags and definitions."""
        html = re.sub(r'<span class="tip".*?</span>', "", self.page(name)["html"], flags=re.DOTALL)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))

    def rows(self, name: str, **params: Any) -> list[dict[str, Any]]:
        return self._answers[json.dumps([name, params])]


def look(home: Path, addresses: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.web.looking"], env=environment(home), input="\n".join(addresses),
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def seen(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Looked at twice: what the first look asks for is computed in between."""
    home = tmp_path_factory.mktemp("copy")
    shutil.copytree(served.home / "mirror", home / "mirror")
    with (
        sqlite3.connect(served.home / "perennial.sqlite3") as source,
        sqlite3.connect(home / "perennial.sqlite3") as copy,
    ):
        source.backup(copy)
    addresses = [f"/b/main/{name}/" for name in PAGES] + [f"/b/main/{TRIED}", "/b/main/products/?sort=returned"]
    look(home, addresses)
    subprocess.run(
        [sys.executable, "-m", "perennial", "work", "--once"], env=environment(home), check=True, capture_output=True
    )
    return Seen(look(home, addresses))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_answers_small_and_says_until_when_it_counts(seen: Seen, name: str):
    page = seen.page(name)
    assert page["status"] == 200
    assert len(page["html"].encode()) < 150 * 1024
    assert "being computed" not in page["html"]
    assert "could not be computed" not in page["html"]
    assert "goals" in name or "settings" in name or "As of" in seen.text(name)


def test_no_page_loads_an_engine(seen: Seen):
    assert seen.loaded == []


def test_today_says_the_stored_numbers(seen: Seen):
    text, (summary,) = seen.text("today"), seen.rows("summary")
    assert f"{F.count(summary['customers'])} " in text
    assert F.money(summary["revenue"]) in text
    late = [r for r in seen.rows("rhythm_states") if r["state"] == "drifting" and not r["too_early"]]
    n, worth = sum(r["customers"] for r in late), sum(r["yearly_value"] for r in late)
    assert n > 1
    assert f"{n} regular customers are later than usual now; at their rhythm they are worth {F.money(worth)}" in text
    whole = [r for r in seen.rows("new_and_returning") if r["complete"]][-1]
    assert f"In {F.month(whole['month'])} returning customers brought {F.money(whole['returning_revenue'])}" in text
    (kept,) = seen.rows("retention", horizons=[90], base_days=30)
    assert f"of the {kept['base']} people who ordered in" in text
    (promise,) = seen.rows("delivery", days=90)
    assert f"{F.percent(promise['kept_rate'])} ({F.between(promise['low'], promise['high'])})" in text
    assert f"of the {F.count(promise['promised'])} deliveries" in text
    orders = {row["order_id"] for row in seen.rows("late_now")}
    assert f"Late now {len(orders)} " in text


def test_drifting_customers_are_told_by_name_the_worthiest_first(seen: Seen):
    table = re.search(r"Write to these first</h3>.*?</table>", seen.page("today")["html"], re.DOTALL)
    assert table is not None
    told = re.findall(r'href="/b/main/customers/cus_[0-9a-z]{13}/"><bdi>[^<]+</bdi>', table[0])
    worth = [float(one.replace(",", "")) for one in re.findall(r"€([\d,.]+)</td></tr>", table[0])]
    assert len(told) == len(worth) == 8
    assert worth == sorted(worth, reverse=True)


def test_retention_tells_rates_cohorts_and_waits(seen: Seen):
    html, text = seen.page("retention")["html"], seen.text("retention")
    for row in seen.rows("retention", horizons=[30, 90, 180, 365], base_days=30):
        if row["base"] >= 30 and row["complete"]:
            assert f"{F.percent(row['rate'])} ({F.between(row['low'], row['high'])})" in text
    cells = {(r["cohort"], r["age"]): r for r in seen.rows("cohorts")}
    (cohort, age), cell = next(
        item for item in sorted(cells.items(), reverse=True) if item[0][1] == 2 and item[1]["complete"]
    )
    key = f"{1970 + cohort // 12}-{cohort % 12 + 1:02d}"
    row = re.search(rf'<tr><th scope="row"><a href="/b/main/customers/\?cohort={key}">.*?</tr>', html)
    assert row is not None
    assert re.findall(r">(\d+)%<", row[0])[age - 1] == F.percent(cell["rate"], 0).removesuffix("%")
    months = [f"{1970 + m // 12}-{m % 12 + 1:02d}" for m in (cohort + a for c, a in cells if c == cohort)]
    assert set(re.findall(r'href="([^"]+)"', row[0])) - {f"/b/main/customers/?cohort={key}"} <= {
        f"/b/main/customers/?cohort={key}&amp;ordered={month}" for month in months
    }
    assert f"?cohort={key}&amp;ordered={months[0][:4]}" in row[0]
    (waits,) = seen.rows("gap_quantiles")
    assert f"within {waits['p50']} days half of the time, and within {waits['p90']} days" in text
    for stage in seen.rows("lifecycle_stages"):
        assert f"/b/main/customers/?stage={stage['stage']}" in html
    flow = seen.rows("lifecycle_flow")
    lost = sum(r["customers"] for r in flow if r["before"] not in AWAY and r["stage"] in AWAY)
    assert f"Within 30 days {lost} customer" in text


def test_value_shows_both_formulas_as_measured_and_as_tried(seen: Seen):
    (clv,) = seen.rows("clv")
    text = seen.text("value")
    assert f"Formula A {F.money(clv['clv_a'])}" in text
    assert f"Formula B {F.money(clv['clv_b'])}" in text
    tried = seen.text(TRIED)
    assert "Formula A €600.00 of it profit: €240.00" in tried
    assert "Formula B €300.00 of it profit: €120.00" in tried
    assert "They stay 36 months" in tried
    best = next(row for row in seen.rows("pareto") if row["percent"] == 10)
    assert f"{F.money(best['revenue'])} {F.percent(best['revenue_share'])}" in text
    for channel in seen.rows("winning_by_channel"):
        assert (channel["channel"] or "not known") in text


def test_categories_are_sorted_and_few_first_buyers_are_not_judged(seen: Seen):
    assert not any(row["enough"] for row in seen.rows("first_products"))
    assert "Too early to say. It takes a product with which 30 customers began" in seen.text("products")
    known = [row for row in seen.rows("first_categories") if row["enough"] and row["category"]]
    assert len(known) > 2
    (table,) = re.findall(
        r'aria-label="By category".*?</table>', seen.page("products/?sort=returned")["html"], re.DOTALL
    )
    rates = [float(cell) for cell in re.findall(r'<td class="n">([\d.]+)%</td>', table)]
    assert len(rates) == len(known)
    assert rates == sorted(rates, reverse=True)


def test_delivery_tells_carriers_and_what_is_late(seen: Seen):
    text, html = seen.text("delivery"), seen.page("delivery")["html"]
    for row in seen.rows("delivery_by_carrier"):
        if row["promised"] >= 30:
            assert f"{F.percent(row['kept_rate'])} ({F.between(row['low'], row['high'])})" in text
    late = seen.rows("late_now")
    assert late
    assert str(max(row["days_late"] for row in late)) in text
    assert "/b/main/customers/?late=now" in html


def test_conversion_names_what_is_divided_by_what(seen: Seen):
    months = sorted({row["month"] for row in seen.rows("conversion")})
    row = next(r for r in seen.rows("conversion") if r["month"] == months[-2] and r["rate"] == "visitor_conversion")
    assert f"{F.count(row['numerator'])} of {F.count(row['denominator'])} visitors ordered" in seen.text("conversion")
    assert "a vendor's article on conversion" in seen.text("conversion")


def test_service_is_told_as_an_association(seen: Seen):
    text = seen.text("service")
    assert "An association, not an effect" in text
    by = {row["experience"]: row for row in seen.rows("service_loyalty")}
    for key in ("good", "bad", "none"):
        if by[key]["customers"] >= 30:
            assert f"{F.percent(by[key]['repeat_rate'])} ({F.between(by[key]['low'], by[key]['high'])})" in text
    last = max(seen.rows("service_levels"), key=lambda row: row["month"])
    assert f"{last['tickets']} tickets in {F.month(last['month'])}." in text


def test_figures_define_themselves_where_they_stand(seen: Seen):
    for name in ("today", "retention", "value", "products", "delivery", "conversion", "service"):
        html = seen.page(name)["html"]
        tips = re.findall(r'<span class="term" tabindex="0">[^<]+<span class="tip" role="note">([^<]+)</span>', html)
        assert len(tips) >= 2, name
        assert all(len(tip) > 20 for tip in tips)


def test_marks_tell_their_numbers_and_nothing_but_text():
    rows = [
        {"month": 670 + n, "rate": 0.3, "low": 0.2, "high": 0.5, "tip": f'tip:<b onload="x">&"{n}'} for n in range(3)
    ]
    spec = lines.trend(rows, axes.axis([670], ["a"]), axes.axis([0, 0.5], ["0", "50"]), 0.6, "30%", goal=0.4)
    drawn = render(axes.finish(spec, 640, 200), "A chart")
    assert re.findall(r'data-tip="([^"]*)"', drawn) == [
        f"&lt;b onload=&quot;x&quot;&gt;&amp;&quot;{n}" for n in range(3)
    ]
    assert "<b" not in drawn
    plain = [{key: value for key, value in row.items() if key != "tip"} for row in rows]
    spec = lines.trend(plain, axes.axis([670], ["a"]), axes.axis([0, 0.5], ["0", "50"]), 0.6, "30%")
    assert "data-tip" not in render(axes.finish(spec, 640, 200), "A chart")


def counted(page: Page) -> int:
    """How many people a list says it has."""
    told = re.search(r"([\d,]+) (?:people|person)", page.locator("main").text_content() or "")
    assert told is not None
    return int(told[1].replace(",", ""))


def test_from_a_cohort_to_its_people_and_from_a_mark_to_its_numbers(desk: Looked, served: Served):
    page = desk.page
    page.goto(f"{served.base}/b/main/retention/")
    page.wait_for_selector(".message[hx-get]", state="detached")
    expect(page.locator(".chart-wait")).to_have_count(0)
    page.locator(".chart.wide [data-tip]").first.hover()
    told = page.locator(".chart-tip").text_content() or ""
    assert re.fullmatch(r"\w+ \d{4}: \d+% \(\d+–\d+%\)", told)
    page.locator(".chart-figure").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator(".chart-tip").text_content() != told
    row = page.locator("table.heat").first.locator("tbody tr").nth(1)
    size = int((row.locator("td").first.text_content() or "").replace(",", ""))
    cell = row.locator("td a").nth(1)
    rate, leads = (cell.text_content() or "").rstrip("%"), cell.get_attribute("href")
    row.locator("th a").click()
    page.wait_for_url("**/customers/?cohort=*")
    # How many the list counts is what the cohort's row said, and what the cell's share of it is.
    assert counted(page) == size
    page.goto(f"{served.base}{leads}")
    assert round(100 * counted(page) / size) == int(rate)
    assert desk.complaints == []
