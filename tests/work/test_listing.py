"""`perennial list`: people of a file put on a list from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from perennial.segments.models import Listed
from perennial.work.listing import lists
from tests.segments.people import House

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perennial.work.listing.start", lambda: None)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(lists, list(arguments))
    return done.exit_code, done.output


def test_people_of_a_file_are_put_on_a_list(tmp_path: Path):
    House()
    file = tmp_path / "people.csv"
    file.write_text("email;name\nana@example.com;Ana\nnobody;Bo\n")
    assert run("add", "fair", str(file))[1].startswith("Error: there is no list 'fair' (known: none yet)")
    code, told = run("add", "fair", str(file), "--title", "Spring fair")
    assert code == 0
    assert "1 new (0 lead to a customer), 0 on it already, 1 lines not understood" in told
    assert "line 3: this is no e-mail address. To mend it: write it as ana@example.com." in told
    assert "0 new (0 lead to a customer), 1 on it already" in run("add", "fair", str(file))[1]
    assert run("show")[1] == "fair\t0\t1\tSpring fair\n"
    assert Listed.objects.count() == 1
    assert file.exists()


def test_what_is_no_list_ends_with_an_error(tmp_path: Path):
    House()
    file = tmp_path / "people.csv"
    file.write_bytes(b"%PDF-1.7")
    code, told = run("add", "fair", str(file), "--title", "Spring fair")
    assert code == 1
    assert "this is a PDF, not a CSV file. To mend it: open it in the program it belongs to" in told
    assert "there is no brand 'other'" in run("show", "--brand", "other")[1]
    assert "say of which store" not in run("add", "fair", str(file), "--kind", "account")[1]
