"""`perennial import`: what a shop's file becomes, stopped anywhere, twice, with errors in it."""

from __future__ import annotations

import csv
import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

pytestmark = pytest.mark.django_db(transaction=True)


def write(path: Path, orders: int = 40, bad: tuple[int, ...] = ()) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["order", "customer", "date", "product", "quantity", "amount"])
        for n in range(orders):
            for part in range(1 + n % 3):
                amount = "twelve" if n in bad else f"{10 + n % 7}.{part}0"
                day = f"2025-{1 + n % 12:02d}-{1 + n % 28:02d}"
                rows.writerow([f"N{n}", f"c{n % 11}@example.com", day, f"Té verde 茶 {part}", 1 + part, amount])
    return path


def run(*arguments: str | Path, code: int = 0) -> str:
    from perennial.cli import main

    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done.output


def state() -> list:
    from perennial.models import Customer, Identity, Line, Order, Product

    orders = Order.objects.order_by("name").values_list("name", "net", "total", "ordered_at", "customer_id")
    people = dict(Identity.objects.filter(kind="email").values_list("customer_id", "value"))
    names = dict(Order.objects.values_list("id", "name"))
    lines = sorted(
        (names[o], n, q, t) for o, n, q, t in Line.objects.values_list("order_id", "name", "quantity", "total")
    )
    return [
        [(*rest, people.get(customer)) for *rest, customer in orders],
        lines,
        Customer.objects.count(),
        sorted(Product.objects.values_list("title", flat=True)),
    ]


def test_a_dry_run_shows_and_records_nothing(tmp_path):
    from perennial.models import Order

    told = run("import", write(tmp_path / "orders.csv"), "--dry-run", "--currency", "EUR")
    assert "order N0" in told
    assert "Té verde 茶" in told
    assert "Nothing was recorded" in told
    assert not Order.objects.exists()


def test_a_file_is_recorded_once_however_often_it_comes(tmp_path):
    from perennial.models import Order, Pending

    path = write(tmp_path / "orders.csv")
    assert "40 new" in run("import", path, "--currency", "EUR")
    once = state()
    assert Order.objects.count() == 40
    assert not Pending.objects.exists()
    assert "imported on" in run("import", path, "--currency", "EUR")
    run("import", path, "--currency", "EUR", "--again")
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    run("import", packed, "--currency", "EUR")
    assert state() == once


def test_bad_rows_are_told_set_aside_and_mended(tmp_path):
    from perennial.models import Order

    path = write(tmp_path / "orders.csv", bad=(3, 7))
    told = run("import", path, "--currency", "EUR")
    assert f"{path}, line" in told.replace("\n", "")
    assert "column amount" in told.replace("\n", " ")
    assert Order.objects.count() == 38
    rejects = tmp_path / "orders.rejects.csv"
    mended = tmp_path / "mended.csv"
    mended.write_text(rejects.read_text(encoding="utf-8-sig").replace("twelve", "12.00"), encoding="utf-8")
    run("import", mended, "--currency", "EUR")
    assert Order.objects.count() == 40
    assert not (tmp_path / "mended.rejects.csv").exists()


def test_rejects_never_replace_rejects(tmp_path):
    run("import", write(tmp_path / "orders.csv", bad=(3, 7)), "--currency", "EUR")
    first = (tmp_path / "orders.rejects.csv").read_bytes()
    half = tmp_path / "orders.rejects.csv"
    half.write_bytes(first.replace(b"twelve", b"12.00", 1))
    kept = half.read_bytes()
    run("import", half, "--currency", "EUR")
    assert half.read_bytes() == kept
    assert (tmp_path / "orders.rejects-2.csv").exists()


def test_a_file_mended_in_its_middle_is_another_file(tmp_path):
    from perennial.models import Order

    path = write(tmp_path / "orders.csv", orders=4_000)
    run("import", path, "--currency", "EUR")
    text = path.read_text()
    at = text.index("N1998,")
    path.write_text(text[:at] + text[at:].replace("2025", "2026", 1))
    assert "changed" in run("import", path, "--currency", "EUR")
    assert Order.objects.filter(ordered_at__gte=1767225600000000).count() == 1


def test_what_a_file_does_not_say_is_the_stores(tmp_path):
    from perennial.models import Order

    run("import", write(tmp_path / "one.csv", orders=3), "--currency", "USD", "--zone", "America/New_York")
    (tmp_path / "two.csv").write_text("order,customer,date,amount\nX1,x@example.com,2025-05-05 23:30,10.00\n")
    run("import", tmp_path / "two.csv")
    order = Order.objects.get(name="X1")
    assert order.currency == "USD"
    assert order.ordered_at.isoformat() == "2025-05-06T03:30:00+00:00"


def test_what_is_no_order_file_is_refused_and_changes_nothing(tmp_path):
    from perennial.models import Order

    path = tmp_path / "cats.csv"
    path.write_text("name,colour\nMisi,black\n")
    told = run("import", path, code=1)
    assert "mapping" in told
    assert str(path) in told.replace("\n", "")
    assert not Order.objects.exists()


def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path):
    """kill -9 at three different places; nothing lost, nothing twice, and not from the beginning again."""
    from perennial.models import Job, Order

    path = write(tmp_path / "orders.csv", orders=3_000)
    command = [str(Path(sys.executable).parent / "perennial"), "import", str(path), "--currency", "EUR"]
    for least in (500, 1_200, 1_900):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        while process.poll() is None and Order.objects.count() < least:
            threading.Event().wait(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    reached = int(Job.objects.get(kind="import").cursor["checkpoint"])
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "Went on behind order" in told
    assert reached >= 1_500
    assert Order.objects.count() == 3_000
    killed = state()
    imports = Path(os.environ["PERENNIAL_HOME"]) / "imports"
    assert list(imports.rglob("*.duckdb")) == [], "staged rows hold addresses: none may stay behind"
    run("import", path, "--currency", "EUR", "--again")
    assert state() == killed


def test_two_imports_of_one_file_at_once_are_refused(tmp_path):
    from perennial.stores.csv.actions import InUse, _alone
    from perennial.stores.csv.mapping.source import open_source

    path = write(tmp_path / "orders.csv")
    first, second = open_source(path, currency="EUR"), open_source(path, currency="EUR")
    _alone(first, tmp_path / "imports")
    with pytest.raises(InUse, match="another process"):
        _alone(second, tmp_path / "imports")
    first.close()
    _alone(second, tmp_path / "imports")
    second.close()
    assert list((tmp_path / "imports").iterdir()) == []
