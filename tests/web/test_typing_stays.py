"""What somebody types while a page waits for the work loop stays where they typed it."""

from __future__ import annotations

import sqlite3
from typing import Any

from playwright.sync_api import expect

from tests.web.conftest import Looked, Served


def change(served: Served, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Into the database of the served home, from beside it."""
    with sqlite3.connect(served.home / "perennial.sqlite3", timeout=30) as database:
        found = database.execute(sql, values).fetchall()
    database.close()
    return found


def test_a_note_stays_while_figures_are_waited_for(desk: Looked, served: Served):
    page = desk.page
    page.goto(f"{served.base}/b/main/customers/")
    page.click(".people-table tbody th a >> nth=0")
    page.wait_for_url("**/customers/cus_*/")
    from perennial.values.ids import parse

    id_ = parse("cus", page.url.rstrip("/").rpartition("/")[2])
    (row,) = change(served, "SELECT * FROM customer_figures WHERE id = ?", id_)
    change(served, "DELETE FROM customer_figures WHERE id = ?", id_)
    try:
        page.reload()
        expect(page.locator("#computed")).to_contain_text("being computed")
        page.fill("#note-new", "Prefers the morn")
        page.evaluate("document.getElementById('computed').dataset.seen = 'yes'")
        # Fetched once in vain, and once with what was waited for.
        expect(page.locator("#computed:not([data-seen])")).to_contain_text("being computed", timeout=20_000)
    finally:
        change(served, f"INSERT INTO customer_figures VALUES ({', '.join('?' * len(row))})", *row)
    expect(page.locator("#computed dl.figures")).to_be_visible(timeout=20_000)
    expect(page.locator("#standing .badge").first).to_be_visible()
    assert page.input_value("#note-new") == "Prefers the morn"
    assert page.evaluate("document.activeElement.id") == "note-new"
    page.keyboard.type("ing")
    assert page.input_value("#note-new") == "Prefers the morning"
    assert desk.complaints == []


def test_a_rate_stays_while_the_data_is_counted(desk: Looked, served: Served):
    page = desk.page
    change(served, "DELETE FROM job WHERE kind = 'check'")
    page.goto(f"{served.base}/b/main/data/")
    page.locator("details:has(#r-rate) summary").click()
    page.fill("#r-currency", "USD")
    page.fill("#r-rate", "0.9")
    expect(page.locator("#counted table")).to_be_visible(timeout=30_000)
    assert (page.input_value("#r-currency"), page.input_value("#r-rate")) == ("USD", "0.9")
    page.keyboard.type("25")
    assert page.input_value("#r-rate") == "0.925"
    assert desk.complaints == []


def test_a_tried_number_stays_while_other_answers_come(desk: Looked, served: Served):
    page = desk.page
    change(served, "UPDATE answer SET body = NULL, error = '', wanted_at = NULL WHERE name = 'pareto'")
    page.goto(f"{served.base}/b/main/value/")
    page.evaluate("document.getElementById('main').dataset.seen = 'yes'")
    page.fill("#in-aov", "12")
    expect(page.locator("#main:not([data-seen])")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Some figures are being computed")).to_have_count(0, timeout=60_000)
    assert page.input_value("#in-aov") == "12"
    assert page.evaluate("document.activeElement.id") == "in-aov"
    assert desk.complaints == []
