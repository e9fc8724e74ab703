"""Coming in: links, passwords, codes, throttling, sessions, and the pages for what goes wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import NOW, environment

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from perennial.facts.models.brands import Store
    from perennial.web.models import User

PASSWORD = "a long walk by the sea"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def nobody_counted(settings) -> None:
    """Counts of wrong passwords live in a folder: each test begins without."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def ana(store: Store) -> User:
    """A colleague with a password."""
    from perennial.web.access.people import give_role

    user = give_role(brand_id=store.brand_id, email="ana@example.org", role="support", now=NOW, name="Ana").user
    user.set_password(PASSWORD)
    user.save()
    return user


def browser(**headers: str) -> Client:
    from django.test import Client

    return Client(headers={"host": "localhost", "accept-language": "en", **headers})


def sign_in(client: Client, password: str = PASSWORD, email: str = "ana@example.org", **more: str):
    return client.post("/account/login/", {"login": email, "password": password, **more})


def inside(client: Client) -> bool:
    return client.get("/b/main/style/").status_code == 200


def code() -> str:
    """What an authenticator app shows now (RFC 6238), worked out without the code under test."""
    import base64
    import hmac
    import struct
    import time

    digest = hmac.digest(base64.b32decode(SECRET), struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def verbs(user: User) -> list[str]:
    from perennial.web.models import Audit

    return list(Audit.objects.filter(user_id=user.id).order_by("id").values_list("verb", flat=True))


@pytest.mark.django_db
class TestLinks:
    def test_a_link_works_once_and_is_not_used_up_by_being_fetched(self, ana: User):
        from perennial.web.access.people import sign_in_token

        link = f"/sign-in/{sign_in_token(user=ana, now=datetime.now(UTC))}/"
        for _ in range(3):
            assert browser().get(link).status_code == 200
        first, second = browser(), browser()
        assert first.post(link).status_code == 302
        assert inside(first)
        assert second.post(link).status_code == 410
        assert not inside(second)
        assert verbs(ana) == ["sign_in"]

    def test_a_link_ends_after_a_day(self, ana: User):
        from perennial.web.access.people import redeem, sign_in_token

        token = sign_in_token(user=ana, now=NOW)
        assert redeem(token, now=NOW + timedelta(days=1)) is None
        assert redeem(token, now=NOW + timedelta(days=1, seconds=-1)) == ana

    def test_whoever_lost_the_password_sets_another_after_a_link(self, ana: User):
        from perennial.web.access.people import sign_in_token

        client = browser()
        client.post(f"/sign-in/{sign_in_token(user=ana, now=datetime.now(UTC))}/")
        page = client.get("/account/password/change/").content.decode()
        assert "oldpassword" not in page
        new = {"password1": "another walk by the sea", "password2": "another walk by the sea"}
        assert client.post("/account/password/change/", new).status_code == 302
        assert sign_in(browser(), "another walk by the sea").status_code == 302
        assert "password.change" in verbs(ana)

    def test_without_a_link_the_old_password_is_asked(self, ana: User):
        client = browser()
        sign_in(client)
        assert 'name="oldpassword"' in client.get("/account/password/change/").content.decode()
        new = {"password1": "another walk by the sea", "password2": "another walk by the sea"}
        assert client.post("/account/password/change/", new).status_code == 200
        ana.refresh_from_db()
        assert ana.check_password(PASSWORD)


@pytest.mark.django_db
class TestPasswords:
    def test_a_password_lets_in_and_both_are_in_the_log(self, ana: User):
        from perennial.web.models import Audit

        client = browser()
        assert sign_in(client, "wrong").status_code == 200
        assert not inside(client)
        assert sign_in(client).status_code == 302
        assert inside(client)
        assert verbs(ana) == ["sign_in.refused", "sign_in"]
        assert "ana@" not in str(list(Audit.objects.values()))

    def test_guesses_at_addresses_leave_no_line_and_look_the_same(self, ana: User):
        from perennial.web.models import Audit

        told = [sign_in(browser(), "wrong", email).content.decode() for email in ("ana@example.org", "no@example.org")]
        wrong = [re.search(r'role="alert">(.*?)</div>', page, re.DOTALL)[1] for page in told]
        assert wrong[0] == wrong[1]
        assert list(Audit.objects.exclude(verb="member.add").values_list("user_id", flat=True)) == [ana.id]

    def test_the_sixth_try_is_refused_even_when_right(self, ana: User):
        for number in range(5):
            sign_in(browser(), f"wrong {number}")
        client = browser()
        assert "Too many failed" in sign_in(client).content.decode()
        assert not inside(client)
        other = browser(host="127.0.0.1")
        sign_in(other, email="ANA@example.org")
        assert other.get("/b/main/style/").status_code == 302, "neither another name of the desk nor capitals help"

    def test_right_passwords_are_not_counted(self, ana: User):
        for _ in range(8):
            assert sign_in(browser()).status_code == 302

    def test_too_many_requests_get_a_page(self, ana: User):
        answers = [sign_in(browser(), f"wrong {number}", f"p{number}@example.org") for number in range(31)]
        assert answers[-1].status_code == 429
        assert "Too many tries" in answers[-1].content.decode()

    @pytest.mark.parametrize("weak", ["short walk", "12345678901234", "q1w2e3r4t5y6", "ana@example.org"])
    def test_weak_passwords_are_refused(self, ana: User, weak: str):
        client = browser()
        sign_in(client)
        told = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
        answer = client.post("/account/password/change/", told)
        assert answer.status_code == 200
        assert 'id="id_password1-error"' in answer.content.decode()
        ana.refresh_from_db()
        assert ana.check_password(PASSWORD)

    @pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
    def test_no_address_leads_away(self, ana: User, there: str):
        from perennial.web.access.people import sign_in_token

        link = f"/sign-in/{sign_in_token(user=ana, now=datetime.now(UTC))}/"
        client = browser()
        answers = [
            sign_in(browser(), next=there),
            browser().post("/language/", {"language": "es", "next": there}),
            browser().post(f"{link}?next={there}"),
        ]
        sign_in(client)
        answers.append(client.post("/account/logout/", {"next": there}))
        for answer in answers:
            assert answer.status_code == 302
            assert "evil" not in answer["Location"]
            assert not answer["Location"].startswith("javascript")

    def test_nobody_signs_up_and_nothing_is_mailed(self, ana: User, mailoutbox):
        for address in (
            "signup/", "email/", "confirm-email/", "confirm-email/x/", "password/reset/", "password/reset/done/",
            "password/reset/key/1-x/", "login/code/", "login/code/confirm/", "",
        ):  # fmt: skip
            assert browser().get(f"/account/{address}").status_code == 404, address
        client = browser()
        sign_in(client)
        new = {"oldpassword": PASSWORD, "password1": "another walk by the sea", "password2": "another walk by the sea"}
        client.post("/account/password/change/", new)
        assert mailoutbox == []

    def test_a_closed_account_is_told_so(self, ana: User):
        ana.is_active = False
        ana.save()
        client = browser()
        assert sign_in(client)["Location"] == "/account/inactive/"
        assert client.get("/account/inactive/").status_code == 200
        assert not inside(client)

    def test_cookies_are_kept_from_scripts_and_other_sites(self, ana: User):
        client = browser()
        client.get("/account/login/")
        sign_in(client)
        client.post("/language/", {"language": "es"})
        assert {"sessionid", "csrftoken", "language"} <= set(client.cookies)
        for cookie in client.cookies.values():
            assert cookie["httponly"], cookie.key
            assert cookie["samesite"] == "Lax", cookie.key

    def test_what_is_behind_sign_in_is_kept_by_no_cache(self, ana: User):
        client = browser()
        sign_in(client)
        assert client.get("/b/main/style/")["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
class TestSecondFactor:
    def test_a_code_is_asked_and_lets_in(self, ana: User):
        from allauth.mfa.totp.internal.auth import TOTP

        TOTP.activate(ana, SECRET)
        client = browser()
        assert sign_in(client)["Location"] == "/account/2fa/authenticate/"
        assert not inside(client)
        assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
        assert not inside(client)
        assert client.post("/account/2fa/authenticate/", {"code": code()}).status_code == 302
        assert inside(client)
        assert verbs(ana) == ["sign_in.refused", "sign_in"]

    def test_turned_on_used_and_turned_off_on_the_pages(
        self, ana: User, monkeypatch, django_capture_on_commit_callbacks
    ):
        import allauth.mfa.totp.internal.auth as totp

        monkeypatch.setattr(totp, "generate_totp_secret", lambda *_: SECRET)
        client = browser()
        sign_in(client)
        assert client.get("/account/2fa/totp/activate/")["Location"].startswith("/account/reauthenticate/")
        client.post("/account/reauthenticate/", {"password": PASSWORD})
        page = client.get("/account/2fa/totp/activate/").content.decode()
        assert SECRET in page
        assert 'src="data:image/svg+xml;base64,' in page
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post("/account/2fa/totp/activate/", {"code": code()})
        assert answer["Location"] == "/account/2fa/recovery-codes/"
        shown = client.get("/account/2fa/recovery-codes/").content.decode()
        codes = re.findall(r"<li><code>(\w+)</code>", shown)
        assert len(codes) == 10
        assert codes[0] in client.get("/account/2fa/recovery-codes/download/").content.decode()
        other = browser()
        sign_in(other)
        assert other.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 302
        assert inside(other)
        again = browser()
        sign_in(again)
        assert again.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 200, "codes work once"
        assert client.get("/account/2fa/").status_code == 200
        assert client.get("/account/2fa/recovery-codes/generate/").status_code == 200
        assert client.get("/account/2fa/totp/deactivate/").status_code == 200
        assert client.post("/account/2fa/totp/deactivate/").status_code == 302
        assert sign_in(browser())["Location"] == "/"
        told = verbs(ana)
        assert told.count("factor.add") == 2
        assert "factor.remove" in told

    def test_its_secret_is_kept_encrypted_and_is_none_under_another_key(self, ana: User, settings):
        from allauth.mfa.models import Authenticator
        from allauth.mfa.totp.internal.auth import TOTP

        TOTP.activate(ana, SECRET)
        kept = Authenticator.objects.get(user=ana)
        assert SECRET not in str(kept.data)
        assert TOTP(kept).validate_code(code())
        settings.SECRET_KEY = "another"
        from django.core.cache import cache

        cache.clear()  # where a code that was used stands
        assert not TOTP(kept).validate_code(code())

    def test_a_secret_from_before_there_was_encryption_works(self, ana: User):
        from allauth.mfa.models import Authenticator
        from allauth.mfa.totp.internal.auth import TOTP

        TOTP.activate(ana, SECRET)
        Authenticator.objects.filter(user=ana).update(data={"secret": SECRET})
        assert TOTP(Authenticator.objects.get(user=ana)).validate_code(code())

    def test_codes_are_throttled_too(self, ana: User):
        from allauth.mfa.totp.internal.auth import TOTP

        TOTP.activate(ana, SECRET)
        client = browser()
        sign_in(client)
        for _ in range(5):
            client.post("/account/2fa/authenticate/", {"code": "000000"})
        client.post("/account/2fa/authenticate/", {"code": code()})
        assert not inside(client)


@pytest.mark.django_db
class TestSessions:
    def test_the_other_browser_is_signed_out(self, ana: User):
        here, there, third = browser(), browser(**{"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}), browser()
        for one in (here, there, third):
            sign_in(one)
        page = here.get("/account/sessions/").content.decode()
        assert "Firefox, Linux" in page
        numbers = re.findall(r"/account/sessions/(\d+)/end/", page)
        assert len(numbers) == 2, "the present one is ended by signing out"
        from allauth.usersessions.models import UserSession

        other = UserSession.objects.get(user_agent__contains="Firefox")
        assert here.post(f"/account/sessions/{other.pk}/end/").status_code == 302
        assert (inside(here), inside(there), inside(third)) == (True, False, True)
        here.post("/account/sessions/")
        assert (inside(here), inside(third)) == (True, False)

    def test_nobody_ends_sessions_of_others(self, ana: User, store: Store):
        from allauth.usersessions.models import UserSession

        from perennial.web.access.people import give_role, sign_in_token

        sign_in(browser())
        theirs = UserSession.objects.get()
        owner = give_role(brand_id=store.brand_id, email="o@example.org", role="owner", now=NOW).user
        client = browser()
        client.post(f"/sign-in/{sign_in_token(user=owner, now=datetime.now(UTC))}/")
        assert client.post(f"/account/sessions/{theirs.pk}/end/").status_code == 404
        assert client.get(f"/account/sessions/{theirs.pk}/end/").status_code == 405
        assert UserSession.objects.filter(pk=theirs.pk).exists()

    def test_another_password_signs_out_everywhere_else(self, ana: User):
        here, there = browser(), browser()
        sign_in(here)
        sign_in(there)
        new = {"oldpassword": PASSWORD, "password1": "another walk by the sea", "password2": "another walk by the sea"}
        here.post("/account/password/change/", new)
        assert (inside(here), inside(there)) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lang", "label", "refused"),
    [("en", "Password", "e"), ("es", "Contraseña", "s"), ("it", "Password", "a"), ("fr", "Mot de passe", "u")],
)
def test_texts_of_others_follow_the_language(ana: User, lang: str, label: str, refused: str):
    client = browser(**{"accept-language": lang})
    page = client.get("/account/login/").content.decode()
    assert f">{label}</label>" in page
    assert f'<html lang="{lang}"' in page
    told = re.search(r'role="alert">(.*?)</div>', sign_in(client, "wrong").content.decode(), re.DOTALL)[1]
    assert ("not correct" in told) == (lang == "en"), told


@pytest.mark.django_db
class TestProblems:
    def test_what_is_not_there(self, owner: Client):
        answer = owner.get("/b/main/nothing/")
        assert answer.status_code == 404
        assert "Not here" in answer.content.decode()

    def test_a_form_from_elsewhere(self, ana: User):
        from django.test import Client

        client = Client(enforce_csrf_checks=True, headers={"host": "localhost", "accept-language": "en"})
        answer = sign_in(client)
        assert answer.status_code == 403
        assert "Nothing was done" in answer.content.decode()

    def test_an_error_of_ours_asks_nothing_of_the_database(self, rf, django_assert_num_queries):
        from perennial.web.pages.problems import server_error

        with django_assert_num_queries(0):
            answer = server_error(rf.get("/"))
        assert answer.status_code == 500
        assert "Something went wrong here" in answer.content.decode()

    def test_an_error_in_a_page_is_shown_and_names_nobody(self, owner: Client, monkeypatch, caplog):
        def broken(*_: object, **__: object) -> None:
            raise ValueError("no row for ana@example.org")

        monkeypatch.setattr("perennial.web.pages.log.audit.lines", broken)
        owner.raise_request_exception = False
        answer = owner.get("/b/main/log/")
        assert answer.status_code == 500
        assert "ana@" not in answer.content.decode()


def test_the_deployment_check_is_clean(tmp_path: Path):
    """As whoever looks after the machine would run it, with the name under which a proxy serves the desk."""
    done = subprocess.run(
        [sys.executable, "-Werror::DeprecationWarning:perennial", "-m", "django", "check", "--deploy"],
        env=environment(tmp_path) | {
            "PERENNIAL_HOSTS": "desk.example.com", "DJANGO_SETTINGS_MODULE": "perennial.settings",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


def test_behind_a_proxy_cookies_travel_encrypted_only(tmp_path: Path):
    ask = (
        "import django; django.setup()\n"
        "from django.conf import settings as s\n"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True,
        env=environment(tmp_path) | {
            "PERENNIAL_HOSTS": "desk.example.com", "DJANGO_SETTINGS_MODULE": "perennial.settings",
        },
    )  # fmt: skip
    assert done.stdout.split() == ["True"] * 4
