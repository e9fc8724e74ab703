"""Coming in with a real browser: an invitation, a passkey, and wrong passwords counted by all web processes."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

from tests.web.conftest import Looked, Served, _wait_for, environment, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PASSWORD = "a long walk by the sea"


def invited(desk: Looked, served: Served, email: str, role: str = "read_only") -> str:
    """The owner adds somebody on the page; the link that it shows."""
    desk.page.goto(f"{served.base}/b/main/staff/")
    desk.page.fill("#id_email", email)
    desk.page.select_option("#id_role", role)
    desk.page.click("form[action$='/staff/invite/'] button")
    link = desk.page.text_content("#link") or ""
    assert link.startswith(f"{served.base}/sign-in/")
    return link


def come_in(context: BrowserContext, link: str) -> Looked:
    """Somebody opens their link in a browser of their own, and sets a password."""
    looked = Looked(context.new_page())
    looked.page.goto(link)
    looked.page.click("main button.primary")
    looked.page.fill("#id_password1", PASSWORD)
    looked.page.fill("#id_password2", PASSWORD)
    looked.page.click("main form.form button.primary")
    return looked


def authenticator(looked: Looked) -> tuple[object, str]:
    """A device with a finger on it, as the browser's developer tools make one up."""
    tools = looked.page.context.new_cdp_session(looked.page)
    tools.send("WebAuthn.enable")
    made = tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return tools, made["authenticatorId"]


def test_a_passkey_is_added_lets_in_and_is_a_second_step(desk: Looked, served: Served, browser: Browser):
    link = invited(desk, served, "pia@example.org")
    context = browser.new_context(locale="en-GB")
    try:
        pia = come_in(context, link)
        page = pia.page
        tools, device = authenticator(pia)
        page.goto(f"{served.base}/account/2fa/webauthn/add/")
        page.check("#id_passwordless")
        page.fill("#id_name", "Laptop")
        page.click("#passkey-button")
        page.wait_for_url("**/account/2fa/recovery-codes/")
        assert page.locator("#codes li").count() == 10
        page.goto(f"{served.base}/account/2fa/webauthn/")
        assert "Laptop" in page.locator("main h2").all_text_contents()

        def sign_out() -> None:
            context.clear_cookies()
            page.goto(f"{served.base}/account/login/")

        sign_out()
        page.click("#passkey-button")
        page.wait_for_url("**/b/main/today/")
        sign_out()
        page.fill("#id_login", "pia@example.org")
        page.fill("#id_password", PASSWORD)
        page.click("main form.form button.primary")
        page.wait_for_url("**/account/2fa/authenticate/")
        page.goto(f"{served.base}/b/main/style/")
        assert "/account/" in page.url, "the password alone is not enough"
        page.goto(f"{served.base}/account/2fa/authenticate/")
        page.click("#passkey-button")
        page.wait_for_url("**/b/main/today/")

        sign_out()
        tools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        page.click("#passkey-button")
        page.wait_for_selector("[data-passkey] p:not([hidden])")
        assert "The passkey was not used" in (page.text_content("[data-passkey] p") or "")
        page.goto(f"{served.base}/b/main/style/")
        assert "/account/login/" in page.url
        assert pia.complaints == []
    finally:
        context.close()
    desk.page.goto(f"{served.base}/b/main/log/?what=member")
    told = " ".join(desk.page.locator("tbody tr").all_text_contents())
    assert "added a way to sign in" in told
    assert "pia@example.org" in told


# Every page about signing in that has an address of its own and needs nothing to be there first.
ABOUT_ONESELF = (
    "/account/2fa/", "/account/2fa/totp/activate/", "/account/2fa/webauthn/", "/account/2fa/webauthn/add/",
    "/account/sessions/", "/account/logout/", "/account/password/change/", "/account/inactive/", "/preferences/",
)  # fmt: skip


def barriers(looked: Looked) -> list[str]:
    """What axe finds on the page, at both widths, and whether it is wider than the screen."""
    wrong = []
    for width in (1280, 360):
        looked.page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(looked.page, options={"resultTypes": ["violations"]})
        wrong += [f"{looked.page.url} {one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]
        if looked.page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{looked.page.url} is wider than {width}")
    return wrong


def test_pages_about_signing_in_have_no_barriers(desk: Looked, served: Served, browser: Browser):
    link = invited(desk, served, "eva@example.org")
    wrong = barriers(desk)
    desk.page.click("button[data-opens^='end-'] >> nth=0")
    wrong += barriers(desk)
    desk.page.keyboard.press("Escape")
    context = browser.new_context(locale="en-GB")
    try:
        eva = Looked(context.new_page())
        for address in (f"{served.base}/account/login/", link):
            eva.page.goto(address)
            wrong += barriers(eva)
        context.close()
        context = browser.new_context(locale="en-GB", color_scheme="dark")
        eva = come_in(context, link)
        for address in ABOUT_ONESELF:
            answer = eva.page.goto(served.base + address)
            assert answer is not None
            assert answer.status == 200, address
            wrong += barriers(eva)
        assert wrong + eva.complaints + desk.complaints == []
        eva.page.goto(f"{served.base}/b/main/nothing/")
        assert barriers(eva) == []
    finally:
        context.close()


class Visitor:
    """Somebody who sends the sign-in form to one of the web processes."""

    def __init__(self, base: str) -> None:
        self.base, self.jar = base, CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar)).open

    def sign_in(self, email: str, password: str) -> str:
        """Where it leads, and what it says."""
        with self.open(f"{self.base}/account/login/") as form:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.read().decode())[1]
        told = {"csrfmiddlewaretoken": token, "login": email, "password": password}
        with self.open(f"{self.base}/account/login/", urllib.parse.urlencode(told).encode()) as answer:
            return answer.url + "\n" + answer.read().decode()


def test_wrong_passwords_count_in_every_web_process(desk: Looked, served: Served, browser: Browser):
    link = invited(desk, served, "leo@example.org")
    context = browser.new_context(locale="en-GB")
    come_in(context, link)
    context.close()
    port = free_port()
    second = subprocess.Popen(
        [sys.executable, "-m", "perennial", "serve", "--port", str(port), "--workers", "1", "--no-loop"],
        env=environment(served.home), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        other = f"http://localhost:{port}"
        _wait_for(other, second)
        assert Visitor(other).sign_in("leo@example.org", PASSWORD).startswith(f"{other}/b/main/")
        for number in range(5):
            assert "are not correct" in Visitor(served.base).sign_in("leo@example.org", f"wrong {number}")
        refused = Visitor(other).sign_in("leo@example.org", PASSWORD)
        assert refused.startswith(f"{other}/account/login/")
        assert "Too many failed" in refused
    finally:
        second.terminate()
        second.wait(30)
