"""The builder in a real Chromium, by keyboard alone; its pages clean on wide and narrow screens, light and dark."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Looked, Served, environment
from tests.web.test_every_page import look, settle

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def filled(served: Served) -> Served:
    """The made-up store with segments in it."""
    command = [sys.executable, "-m", "tests.web.segments.put"]
    subprocess.run(command, env=environment(served.home), check=True, cwd=ROOT)
    return served


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", ["", "spenders/", "spenders/change/", "idea/change/", "vip/?on=2026-01-05"])
def test_pages_of_segments_are_clean(filled: Served, desk: Looked, theme: str, address: str):
    desk.page.emulate_media(color_scheme=theme)
    desk.complaints.clear()
    answer = desk.page.goto(f"{filled.base}/b/main/segments/{address}")
    assert answer is not None
    assert answer.status == 200
    if address == "spenders/":
        settle(desk)  # nothing there is waited for
    name = f"segments-{address}".strip("/").replace("/", "-").partition("?")[0]
    assert look(desk, name, theme) + desk.complaints == []


def tab_to(looked: Looked, label: str, *, back: bool = False) -> None:
    """Press Tab until the control of this name has the focus."""
    wanted = looked.page.get_by_label(label, exact=True).or_(looked.page.get_by_role("button", name=label, exact=True))
    for _ in range(120):
        if wanted.last.evaluate("element => element === document.activeElement"):
            return
        looked.page.keyboard.press("Shift+Tab" if back else "Tab")
    pytest.fail(f"no Tab leads to {label}")


def test_a_segment_is_built_by_keyboard_alone(filled: Served, desk: Looked):
    page, keys = desk.page, desk.page.keyboard
    page.goto(f"{filled.base}/b/main/segments/new/")
    said = page.locator("#rule-said")
    expect(said).to_have_text("orders(6 months) >= 2")
    tab_to(desk, "Name")
    keys.type("Back soon")
    # The first condition: spent in 3 months at least 100.
    tab_to(desk, "What about")
    keys.press("ArrowDown")
    expect(said).to_have_text("spent(6 months) >= 2")
    expect(page.locator("#r-0_word")).to_be_focused()  # the part was fetched anew, and the focus is where it was
    tab_to(desk, "How many")
    keys.press("Control+a")
    keys.type("3")
    tab_to(desk, "With what")
    keys.press("Control+a")
    keys.type("100")
    keys.press("Enter")  # counts; changes nothing else
    expect(said).to_have_text("spent(3 months) >= 100")
    # A group with a group in it, each with a condition of its own.
    tab_to(desk, "Add a group")
    keys.press("Enter")
    expect(page.locator("#r-1-0_word")).to_be_focused()
    tab_to(desk, "Add a group within 2")
    keys.press("Space")
    expect(page.locator("#r-1-1-0_word")).to_be_focused()
    expect(said).to_have_text("spent(3 months) >= 100 and (orders(6 months) >= 2 or orders(6 months) >= 2)")
    keys.press("Shift+Tab")
    keys.press("Space")  # not
    expect(said).to_have_text("spent(3 months) >= 100 and (orders(6 months) >= 2 or not orders(6 months) >= 2)")
    tab_to(desk, "Move 2.2.1 up")
    keys.press("Enter")
    expect(page.get_by_role("button", name="Move 2.2 up", exact=True)).to_be_focused()
    tab_to(desk, "Remove 2.3")  # the group that is empty now
    keys.press("Enter")
    expect(page.locator("#r-1_sort")).to_be_focused()
    tab_to(desk, "Save as a draft")
    keys.press("Enter")
    expect(page.get_by_role("status").filter(has_text="The draft is saved.")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Back soon")
    expect(said).to_have_text("spent(3 months) >= 100 and (orders(6 months) >= 2 or not orders(6 months) >= 2)")
    assert desk.complaints == []


def test_text_that_is_wrong_is_marked_and_can_be_mended(filled: Served, desk: Looked):
    page = desk.page
    page.goto(f"{filled.base}/b/main/segments/new/")
    page.get_by_role("button", name="Write it as text").click()
    box = page.get_by_label("The rule as text")
    box.fill("ordrs(5 weeks) >= 5")
    page.get_by_role("button", name="Show it as conditions").click()
    expect(page.locator("mark")).to_have_text("ordrs")
    expect(page.locator("#rule-text-wrong")).to_contain_text("did you mean 'orders'")
    box.fill("orders(5 weeks) >= 5 or top 10 % by spent(1 year)")
    page.get_by_role("button", name="Show it as conditions").click()
    expect(page.locator("#r-1_word")).to_have_value("top")
    expect(page.locator("#rule-said")).to_have_text("orders(5 weeks) >= 5 or top 10 % by spent(1 year)")
    assert desk.complaints == []
