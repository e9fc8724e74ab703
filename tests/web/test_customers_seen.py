"""Customers in a real browser: found while typing, told to the end, joined and shown without a complaint."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.web.conftest import Looked, Served


def test_typing_narrows_the_list_and_keeps_the_address(desk: Looked, served: Served):
    page = desk.page
    page.goto(f"{served.base}/b/main/customers/")
    everybody = page.inner_text(".count")
    name = page.inner_text(".people-table tbody th >> nth=0")
    page.locator("#f-q").press_sequentially(name.split()[0][:4])
    expect(page).to_have_url(re.compile(r"\?q="))
    assert page.inner_text(".count") != everybody
    assert page.evaluate("document.activeElement.id") == "f-q"
    page.click(".people-table thead a >> nth=0")
    expect(page.locator("th[aria-sort]")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=.*sort="))
    page.reload()
    assert page.input_value("#f-q") == name.split()[0][:4]
    assert desk.complaints == []


def test_one_customer_is_told_to_the_end_on_a_small_screen(desk: Looked, served: Served):
    page = desk.page
    page.set_viewport_size({"width": 360, "height": 760})
    page.goto(f"{served.base}/b/main/customers/?sort=-orders")
    page.click(".people-table tbody th a >> nth=0")
    expect(page.locator("#menu [aria-current=page]")).to_have_text("Customers")
    while page.locator("li.further").count():
        page.locator("li.further").scroll_into_view_if_needed()
        seen = page.evaluate("document.querySelector('li.further a')?.getAttribute('href') ?? ''")
        expect(page.locator(f'li.further a[href="{seen}"]')).to_have_count(0)
    assert page.locator("li.entry.order").count() == int(re.sub(r"\D", "", page.inner_text("dd.value >> nth=2")))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("text=Card for a support desk")
    page.click("text=Make the link")
    page.goto(page.inner_text("#card-link"))
    expect(page.locator("body.small-card h1")).to_be_visible()
    assert desk.complaints == []
