"""The style page in a real browser: nothing is complained about, nothing overflows, charts tell their numbers."""

from __future__ import annotations

from tests.web.conftest import Looked, Served


def test_the_style_page_is_clean_and_its_chart_opens_its_numbers(desk: Looked, served: Served):
    page = desk.page
    page.goto(f"{served.base}/b/main/style/")
    page.wait_for_selector(".chart.wide svg")
    page.locator(".chart-figure").focus()
    page.keyboard.press("t")
    assert page.locator("details.numbers[open] table tbody tr").count() == 4
    page.set_viewport_size({"width": 360, "height": 760})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert desk.complaints == []
