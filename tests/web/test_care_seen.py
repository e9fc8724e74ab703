"""Care in a real browser: worked out by the loop, changed by keyboard, looked at before it is saved."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web.conftest import Looked, Served
from tests.web.test_every_page import PICTURES, settle


def barriers(desk: Looked, name: str) -> list[str]:
    """What is wrong with what is seen now, on both widths, light and dark; pictures kept."""
    page, wrong = desk.page, []
    PICTURES.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=PICTURES / f"{name}-{theme}-{width}.png", full_page=True)
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                wrong.append(f"{wide} wide on a screen of {width}")
            found = Axe().run(page, options={"resultTypes": ["violations"]})
            wrong += [
                f"{theme} {width} {one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
                for one in found.response["violations"]
            ]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    return wrong


def test_the_loop_has_worked_it_out_and_the_page_says_who_gets_most(desk: Looked, served: Served):
    page = desk.page
    page.goto(f"{served.base}/b/main/care/")
    settle(desk)
    amounts = page.locator("#best + .scroll tbody tr td:nth-child(3)").all_text_contents()
    told = [float(one.replace("€", "").replace(",", "")) for one in amounts]
    assert len(told) == 50
    assert told == sorted(told, reverse=True)
    assert told[0] > 0
    assert barriers(desk, "b-main-care") == []
    assert desk.complaints == []


def test_a_change_is_looked_at_by_keyboard_before_it_is_saved(desk: Looked, served: Served):
    page = desk.page
    page.goto(f"{served.base}/b/main/care/edit/")
    # Only the choice that goes with who they are is shown.
    first = page.locator("#part-0")
    expect(first.locator(".of-rfm")).to_be_visible()
    expect(first.locator(".of-lifecycle")).to_be_hidden()
    first.locator("select").first.select_option("lifecycle")
    expect(first.locator(".of-rfm")).to_be_hidden()
    first.get_by_label("Active", exact=True).check()
    share = first.get_by_label("Share, in percent")
    share.fill("40")
    share.press("Enter")
    page.wait_for_url("**/care/edit/?look=*")
    # What is typed while it is worked out stays.
    page.get_by_label("Name").first.fill("The active ones")
    expect(page.locator("#look .say")).to_contain_text("Nothing is saved yet.", timeout=60_000)
    assert "a year instead of" in (page.locator("#look .say").text_content() or "")
    expect(page.get_by_label("Name").first).to_have_value("The active ones")
    expect(first.get_by_label("Share, in percent")).to_have_value("40")
    assert barriers(desk, "b-main-care-edit") == []
    assert desk.complaints == []
