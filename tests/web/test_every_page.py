"""Every page of the menu in a real Chromium: nothing complained about, no barrier, no overflow; pictures kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web.conftest import Looked, Served

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
# What the menu does not name, or names by other rights.
MORE = ("/preferences/", "/account/password/change/", "/account/2fa/", "/account/sessions/", "/b/main/style/")


def addresses(looked: Looked) -> list[str]:
    """Every address of the menu, as the owner sees it."""
    found = looked.page.eval_on_selector_all("#menu ul a", "links => links.map(a => new URL(a.href).pathname)")
    return [*found, *MORE]


def settle(looked: Looked) -> None:
    """Wait until nothing is drawn or fetched any more."""
    looked.page.wait_for_load_state("networkidle")
    expect(looked.page.locator(".chart-wait")).to_have_count(0)


def look(looked: Looked, name: str, theme: str) -> list[str]:
    page, wrong = looked.page, []
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}-{theme}-{width}.png", full_page=True)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            wrong.append(f"{name} is {wide} wide on a screen of {width}")
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        for violation in found.response["violations"]:
            places = [node["html"][:160] for node in violation["nodes"][:3]]
            wrong.append(f"{name} {theme} {width}: {violation['id']}: {places}")
    return wrong


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_clean(desk: Looked, served: Served, theme: str):
    desk.page.emulate_media(color_scheme=theme)
    wrong = []
    for address in addresses(desk):
        desk.complaints.clear()
        answer = desk.page.goto(served.base + address)
        assert answer is not None
        assert answer.status == 200, address
        settle(desk)
        name = address.strip("/").replace("/", "-")
        wrong += look(desk, name, theme)
        wrong += [f"{name}: {told}" for told in desk.complaints]
    assert wrong == []


@pytest.mark.parametrize("lang", ["es", "it", "fr"])
def test_every_page_speaks(desk: Looked, served: Served, lang: str):
    """In every language, at phone width: longer words break no page."""
    found = addresses(desk)
    desk.page.goto(f"{served.base}/preferences/")
    desk.page.select_option("#language", lang)
    desk.page.click("form.form button.primary")
    desk.page.set_viewport_size({"width": 360, "height": 800})
    wrong = []
    for address in found:
        desk.page.goto(served.base + address)
        assert desk.page.locator("html").get_attribute("lang") == lang
        if (wide := desk.page.evaluate("document.documentElement.scrollWidth")) > 360:
            wrong.append(f"{address} is {wide} wide")
    assert wrong == []
