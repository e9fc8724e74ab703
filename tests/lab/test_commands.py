"""`perennial report` and `perennial ask`, as they are typed."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from perennial.cli import main
from tests.lab.files import plain_rows, write_csv
from tests.lab.html import parsed


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "orders.csv", plain_rows(80))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_report_is_written(orders: Path, tmp_path: Path):
    page = tmp_path / "seen.html"
    done = run("report", orders, "-o", page, "--lang", "it", "--as-of", "2024-06-30", "--currency", "EUR")
    assert done.exit_code == 0, done.output
    assert str(page) in done.output
    text = page.read_text(encoding="utf-8")
    assert dict(parsed(text).elements)["html"] == {"lang": "it"}
    assert "30 giugno 2024" in text
    assert "importi in EUR" in text


@pytest.mark.parametrize(("words", "told"), [
    (["report", "absent.csv"], "absent.csv: there is no such file or folder. To mend it:"),
    (["report", "{orders}", "--as-of", "soon"], "'soon' is no date"),
    (["report", "{orders}", "--zone", "Mars"], "'Mars' is no time zone"),
    (["report", "{orders}", "-o", "{orders}/below/report.html"], "report.html"),
    (["ask", "rfmm", "{orders}"], "there is no answer 'rfmm'"),
    (["ask", "rfm"], "say of which orders"),
    (["ask", "rfm", "{orders}", "-o", "x.txt"], "ending in .csv or .parquet"),
])  # fmt: skip
def test_what_goes_wrong_is_one_sentence(orders: Path, words: list[str], told: str):
    done = run(*(word.format(orders=orders) for word in words))
    assert done.exit_code != 0
    assert told in done.output
    assert "Traceback" not in done.output


def test_questions_are_listed_and_answered(orders: Path, tmp_path: Path):
    assert "rfm_groups " in run("ask").output
    shown = run("ask", "rfm", orders, "--rows", "3").output.splitlines()
    assert shown[0].split()[:3] == ["person_id", "days_since_last_order", "orders"]
    assert len(shown) == 4
    for name in ("rows.csv", "rows.parquet"):
        assert run("ask", "rfm", orders, "-o", tmp_path / name).exit_code == 0
    assert pyarrow.csv.read_csv(tmp_path / "rows.csv").num_rows == 80
    assert pq.read_table(tmp_path / "rows.parquet").num_rows == 80


def test_help_tells_the_options():
    told = run("report", "--help").output
    assert all(option in told for option in ("--lang", "--as-of", "--zone", "--currency", "--mapping", "--unmasked"))
