"""Back-ups at the desk: asked for by a button, made by the work loop, listed, taken away by who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from perennial.database.backup import archive, folder
from perennial.facts.models.loop import Job
from perennial.web.access.roles import ROLES, may
from perennial.web.models import Audit
from tests.web.conftest import NOW, signed_in

LIST = "/b/main/data/backups/"


@pytest.fixture
def home(settings, tmp_path: Path) -> Path:
    (tmp_path / "nodes").mkdir()
    settings.PERENNIAL_HOME = tmp_path
    return tmp_path


def kept(home: Path, count: int) -> list[str]:
    """So many back-ups of past days; the newest first."""
    for day in range(count):
        path = folder.next_path(home, NOW - timedelta(days=day))
        with archive.Writer(path) as writer:
            writer.add_text(archive.MANIFEST, '{"format": 1}')
    return [one.name for one in folder.listed(home)]


def test_a_button_asks_for_one_and_the_page_says_how_far_it_is(owner: Client, home):
    assert "No back-up yet" in owner.get(LIST).content.decode()
    assert owner.post(f"{LIST}make/").status_code == 302
    job = Job.objects.get(kind="backup")
    assert job.state == "wanted"
    assert Audit.objects.filter(verb="backup.make").count() == 1
    assert "as soon as the work loop" in owner.get(LIST).content.decode()
    owner.post(f"{LIST}make/")
    assert Audit.objects.filter(verb="backup.make").count() == 1, "asked for once already"
    Job.objects.update(state="running", cursor={"step": "packing", "done": 25, "of": 100})
    part = owner.get(LIST, headers={"hx-request": "true"}).content.decode()
    assert 'value="25"' in part
    assert "Packing: 25%" in part
    Job.objects.update(state="done")
    done = owner.get(LIST, headers={"hx-request": "true"})
    assert (done.status_code, done.headers["HX-Refresh"]) == (204, "true")
    Job.objects.update(state="failed", error="the disk is full")
    assert "The last back-up was not made: the disk is full" in owner.get(LIST).content.decode()


def test_files_are_listed_and_taken_away_by_name(owner: Client, home):
    names = kept(home, 2)
    page = owner.get(LIST).content.decode()
    assert all(name in page for name in names)
    answer = owner.post(f"{LIST}{names[0]}")
    assert b"".join(answer.streaming_content) == (folder.folder(home) / names[0]).read_bytes()
    assert Audit.objects.get(verb="backup.download").fields == [names[0]]
    assert owner.get(f"{LIST}{names[0]}").status_code == 302, "a link that is only followed takes nothing"
    (home / "backups" / "secret.txt").write_text("x")
    for name in ("secret.txt", "erasures.jsonl", "lock", "perennial-20200101-000000.tar.gz", "..%2Fsecret-key"):
        assert owner.post(f"{LIST}{name}").status_code == 404


@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_owners_may(store, home, role):
    (name,) = kept(home, 1)
    assert may(role, "backups") == (role == "owner")
    client = signed_in(store, role)
    assert told(client, name) == ((200, 302, 200) if role == "owner" else (403, 403, 403))
    assert (LIST in client.get("/b/main/today/").content.decode()) == (role == "owner")


def told(client: Client, name: str, brand: str = "main") -> tuple[int, ...]:
    """What the list, making one and taking one answer."""
    at = f"/b/{brand}/data/backups/"
    answers = (client.get(at), client.post(f"{at}make/"), client.post(f"{at}{name}"))
    return tuple(answer.status_code for answer in answers)


@pytest.mark.parametrize("second", ["", *sorted(ROLES)])
def test_a_file_with_two_brands_is_for_whoever_owns_both(store, home, second: str):
    from perennial.facts.actions.stores import open_store
    from perennial.web.access.people import end_role, give_role

    (name,) = kept(home, 1)
    other = open_store(now=NOW, currency="EUR", zone="Europe/Paris", name="Maison", key="deux", brand="deux")
    owner = signed_in(store, "owner")
    if second:
        give_role(brand_id=other.brand_id, email="owner@example.org", role=second, now=NOW)
    wanted = (200, 302, 200) if second == "owner" else (403, 403, 403)
    assert told(owner, name) == wanted
    if second:
        assert told(owner, name, "deux") == wanted
    assert (LIST in owner.get("/b/main/today/").content.decode()) == (second == "owner")
    if wanted[0] == 403:
        assert "every brand of this machine" in owner.get(LIST).content.decode()
    else:
        give_role(brand_id=other.brand_id, email="another@example.org", role="owner", now=NOW)
        end_role(brand_id=other.brand_id, user_id=int(owner.session["_auth_user_id"]), now=NOW)
        assert told(owner, name) == (403, 403, 403), "no brand is theirs for having been"


def test_the_newest_are_kept_as_many_as_were_chosen(owner: Client, home):
    names = kept(home, 9)
    assert "The last 7 stay here" in owner.get(LIST).content.decode()
    folder.choose(home, 30)
    assert "The last 30 stay here" in owner.get(LIST).content.decode()
    assert folder.let_go(home, folder.kept(home)) == []
    folder.choose(home, 7)
    assert folder.let_go(home, folder.kept(home)) == names[7:]
    assert [one.name for one in folder.listed(home)] == names[:7]
    assert folder.listed(home)[0].made_at == NOW.astimezone(UTC) == datetime(2026, 3, 1, 9, tzinfo=UTC)
