"""The log of changes: read by who may, in pages, and changed by nobody; log lines that name nobody."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction

from tests.web.conftest import NOW, signed_in

if TYPE_CHECKING:
    from django.test import Client

    from perennial.facts.models.brands import Store


def add(store: Store, number: int = 1, **more: object) -> None:
    from perennial.web.access.audit import note

    for _ in range(number):
        note(**{"brand_id": store.brand_id, "now": NOW, "verb": "customer.edit", "subject": "customer", **more})


def rows(client: Client, address: str) -> list[str]:
    page = client.get(address).content.decode()
    return re.findall(r'<tr><td class="moment">(.*?)</tr>', page, re.DOTALL)


@pytest.mark.django_db
class TestPage:
    def test_newest_first_in_pages_without_gap_or_repetition(self, owner: Client, store: Store):
        from perennial.values.ids import public

        for number in range(1, 251):
            add(store, subject_id=number)
        named = {public("cus", number): number for number in range(1, 251)}
        address, seen = "/b/main/log/?what=customer", []
        while address:
            page = owner.get(address).content.decode()
            seen += [named[number] for number in re.findall(r">(cus_\w+)</a></td>", page)]
            older = re.search(r'href="([^"]+)" rel="next"', page)
            address = older[1].replace("&amp;", "&") if older else ""
        assert seen == list(range(250, 0, -1))

    def test_by_person_key_machine_and_subject(self, owner: Client, store: Store):
        from perennial.web.access.keys import make_key
        from perennial.web.models import Member

        signed_in(store, "support")
        support = Member.objects.get(role="support").user_id
        key, _ = make_key(brand_id=store.brand_id, kind="secret", name="ERP", scopes=["erase"], now=NOW)
        add(store, 2, user_id=support)
        add(store, 3, api_key_id=key.id)
        assert len(rows(owner, f"/b/main/log/?who=user-{support}")) == 2
        assert all("Support" in row for row in rows(owner, f"/b/main/log/?who=user-{support}"))
        assert len(rows(owner, f"/b/main/log/?who=key-{key.id}")) == 3
        assert all("ERP" in row for row in rows(owner, f"/b/main/log/?who=key-{key.id}"))
        assert len(rows(owner, "/b/main/log/?who=machine&what=member")) == 2
        assert len(rows(owner, "/b/main/log/?what=key")) == 1
        assert rows(owner, "/b/main/log/?what=nothing") == []

    @pytest.mark.parametrize(
        "query",
        [
            "who=user-x",
            "who=user-",
            "who=%00",
            "before=x",
            "before=-1",
            f"before={'9' * 30}",
            f"who=user-{2**63}",
            "before=²",
            "what=%27",
        ],
    )
    def test_nonsense_is_no_error(self, owner: Client, query: str):
        assert owner.get(f"/b/main/log/?{query}").status_code == 200

    def test_it_tells_of_its_own_brand_alone(self, owner: Client, store: Store):
        from perennial.facts.actions.stores import open_store

        other = open_store(now=NOW, currency="EUR", zone="Europe/Rome", name="Altri", key="other", brand="other")
        add(other, subject="secret thing", subject_id=4711)
        page = owner.get("/b/main/log/").content.decode()
        assert "4711" not in page
        assert "secret thing" not in page

    def test_long_logs_are_read_by_index(self, store: Store):
        """One line of each kind among many: found without reading the many."""
        from perennial.web.access.audit import subjects

        add(store, 300)
        add(store, subject="goal")
        assert subjects(store.brand_id) == ["customer", "goal"]
        assert subjects(store.brand_id + 1) == []

    def test_the_page_asks_as_often_for_many_as_for_few(
        self, owner: Client, store: Store, django_assert_max_num_queries
    ):
        add(store, 150, user_id=1)
        with django_assert_max_num_queries(11):
            assert owner.get("/b/main/log/").status_code == 200


def test_every_verb_that_pages_and_endpoints_write_has_words():
    import ast

    from perennial.web.access.verbs import VERBS

    written = set()
    for path in (Path(__file__).parents[2] / "src" / "perennial" / "web").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            told = [one.value for one in call.keywords if one.arg == "verb"] or (
                call.args[:1] if name == "note" else []
            )
            written |= {
                one.value
                for given in told
                for one in ast.walk(given)
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and re.fullmatch(r"\w+\.\w+", one.value)
            }
    assert {"member.end", "key.add", "customer.merge"} <= written
    assert written - set(VERBS) == set()


@pytest.mark.django_db
class TestAppendOnly:
    def test_lines_are_neither_changed_nor_deleted(self, store: Store):
        from perennial.web.models import Audit

        add(store)
        line = Audit.objects.get()
        for act in (
            lambda: Audit.objects.update(verb="nothing"),
            lambda: Audit.objects.all().delete(),
            line.delete,
            lambda: line.save(force_update=True),
            lambda: connection.cursor().execute("UPDATE audit SET user_id = 0"),
            lambda: connection.cursor().execute("DELETE FROM audit"),
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                act()
        line.refresh_from_db()
        assert line.verb == "customer.edit"

    def test_a_missing_trigger_is_told_and_made_again(self, store: Store):
        from click.testing import CliRunner

        from perennial.database import append_only
        from perennial.web.models import Audit
        from perennial.work.commands import check

        assert append_only.missing() == []
        on = " ON audit" if connection.vendor == "postgresql" else ""
        connection.cursor().execute(f"DROP TRIGGER audit_no_update{on}")
        assert append_only.missing() == [("audit", "update")]
        told = CliRunner().invoke(check, ["ledger"])
        assert told.exit_code == 1
        assert "audit: its rows could be changed or deleted" in told.output
        assert "perennial check ledger --mend" in told.output
        assert CliRunner().invoke(check, ["ledger", "--mend"]).exit_code == 1
        assert append_only.missing() == []
        assert CliRunner().invoke(check, ["ledger"]).exit_code == 0
        add(store)
        with pytest.raises(IntegrityError), transaction.atomic():
            Audit.objects.update(verb="nothing")

    @pytest.mark.only_on("postgres")
    def test_a_trigger_that_is_switched_off_counts_as_missing(self, store: Store):
        from perennial.database import append_only

        connection.cursor().execute("ALTER TABLE audit DISABLE TRIGGER audit_no_delete")
        assert append_only.missing() == [("audit", "delete")]


@pytest.mark.django_db(transaction=True)
def test_emptying_the_whole_database_leaves_it_guarded(store: Store):
    from django.core.management import call_command

    from perennial.database import append_only
    from perennial.web.models import Audit

    add(store)
    call_command("flush", interactive=False, verbosity=0)
    assert not Audit.objects.exists()
    assert append_only.missing() == []


class TestLogLines:
    @pytest.fixture
    def written(self):
        """What reaches the terminal, as the settings have it."""
        import io

        from django.conf import settings
        from django.utils.module_loading import import_string

        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter(settings.LOGGING["formatters"]["plain"]["format"]))
        assert settings.LOGGING["handlers"]["terminal"]["filters"] == ["discreet"]
        handler.addFilter(import_string(settings.LOGGING["filters"]["discreet"]["()"])())
        logger = logging.getLogger("django")
        logger.addHandler(handler)
        yield stream.getvalue
        logger.removeHandler(handler)

    @pytest.mark.parametrize(
        ("path", "secret"),
        [
            ("/sign-in/{}/", "abc123"),
            ("/sign-in/{}", "Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx"),
            ("/b/main/customers/{}/", "ana@example.org"),
            ("/b/main/customers/{}/", "ana%40example.org"),
            ("/card/{}/", "1:9Ab3Kd82jfLqp02Mx-dk3:77fK_aa02"),
            ("/x/{}/", "psk_abcdefgh_Zm9vYmFyYmF6cXV4"),
        ],
    )
    def test_paths(self, written, path: str, secret: str):
        logging.getLogger("django.request").error("%s: %s", "Internal Server Error", path.format(secret))
        assert secret not in written()
        assert path.partition("{")[0] in written()

    def test_tracebacks(self, written):
        error = ValueError("Key (email)=(ana@example.org) already exists; psk_abcdefgh_Zm9vYmFyYmF6")
        logging.getLogger("django.request").error("Internal Server Error: %s", "/x/", exc_info=error)
        told = written()
        assert "ana@" not in told
        assert "Zm9v" not in told
        assert "ValueError: Key (email)=(…) already exists; psk_abcdefgh_…" in told

    @pytest.mark.parametrize(
        "path",
        ["/b/main/today/", "/b/main/chart/0123456789abcdef0123456789abcdef/", "/b/x/customers/1234567890123456789/"],
    )
    def test_what_is_needed_to_mend_stays(self, written, path: str):
        logging.getLogger("django.request").error("%s: %s", "Internal Server Error", path)
        assert path in written()

    @pytest.mark.django_db
    def test_a_failing_sign_in_link(self, written, monkeypatch):
        from django.test import Client

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr("perennial.web.pages.entry.redeem", broken)
        client = Client(headers={"host": "localhost"}, raise_request_exception=False)
        assert client.post("/sign-in/very-secret-token/").status_code == 500
        assert "RuntimeError" in written()
        assert "very-secret-token" not in written()


def test_every_field_that_a_page_notes_has_words():
    """Read from the sources: names written out in a call of ``note``, in the log's own list of names."""
    import ast
    from pathlib import Path

    import perennial
    from perennial.web.access.verbs import FIELDS, SUBJECTS, VERBS

    written: dict[str, set[str]] = {"verb": set(), "subject": set(), "fields": set()}
    for path in (Path(perennial.__file__).parent / "web").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or getattr(call.func, "attr", getattr(call.func, "id", "")) != "note":
                continue
            given = dict(zip(("verb", "subject", "", "fields"), call.args, strict=False))
            given |= {word.arg or "": word.value for word in call.keywords}
            for name, kept in written.items():
                found = given.get(name)
                parts = found.elts if isinstance(found, ast.Tuple | ast.List) else [found]
                kept |= {one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert written["fields"] >= {"role", "rate", "zone"}
    assert written["verb"] - set(VERBS) == set()
    assert written["subject"] - set(SUBJECTS) == set()
    assert written["fields"] - set(FIELDS) == set()
