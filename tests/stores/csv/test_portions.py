"""Records come in portions that can be stopped and gone on with; memory is bounded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.facts.rules.records import Batch
from perennial.stores.csv.mapping.source import open_source
from tests.stores.csv import corpus, samples


def joined(batches: list[Batch]) -> list[object]:
    return [
        record for batch in batches for record in (*batch.products, *batch.customers, *batch.orders, *batch.refunds)
    ]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(samples.ALL)), st.integers(1, 4), st.integers(0, 6))
def test_going_on_behind_a_checkpoint_loses_and_doubles_nothing(name: str, size: int, stop: int) -> None:
    with TemporaryDirectory() as folder:
        _go_on(Path(folder), name, size, stop)


def _go_on(folder: Path, name: str, size: int, stop: int) -> None:
    path = folder / "orders.csv"
    path.write_text(samples.ALL[name], encoding="utf-8")
    with open_source(path) as source:
        whole = joined([portion.batch for portion in source.batches(size=size)])
        fingerprint = source.fingerprint
    before, checkpoint = [], 0
    with open_source(path) as source:
        for portion in source.batches(size=size):
            if len(before) >= stop:
                break
            before.append(portion.batch)
            checkpoint = portion.checkpoint
    with open_source(path) as source:
        assert source.fingerprint == fingerprint
        after = [portion.batch for portion in source.batches(folder, size=size, checkpoint=checkpoint)]
    assert joined(before + after) == whole


def test_an_order_comes_whole_and_once(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(corpus.text(corpus.rows()))
    with open_source(path) as source:
        portions = list(source.batches(size=5))
    assert [portion.orders for portion in portions] == [5, 5, 2]
    assert [portion.checkpoint for portion in portions] == [5, 10, 12]
    assert all(len(order.lines) == 2 for portion in portions for order in portion.batch.orders)
    assert sum(len(portion.batch.products) for portion in portions) == 2
    assert sum(len(portion.batch.customers) for portion in portions) == 12


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    path, work = tmp_path / "orders.csv", tmp_path / "work"
    path.write_text(corpus.text(corpus.rows()))
    with open_source(path) as source:
        list(source.batches(work))
        assert list(work.iterdir())
    assert not list(work.iterdir())


def test_another_file_has_another_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    prints = set()
    for text in (samples.PLAIN["en"], samples.PLAIN["en"] + "A4,c1,2024-02-02,1\n"):
        path.write_text(text)
        prints.add(open_source(path).fingerprint)
    prints.add(open_source(path, zone="Europe/Rome").fingerprint)
    assert len(prints) == 3


_MEASURE = """
import sys
from pathlib import Path
from perennial.stores.csv.mapping.source import open_source
with open_source(Path(sys.argv[1])) as source:
    count = sum(portion.lines for portion in source.batches(Path(sys.argv[2])))
# Not getrusage: the kernel lets a child begin with its parent's peak.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(count, peak, "pandas" in sys.modules, "django" in sys.modules)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_bounded(tmp_path: Path) -> None:
    """300,000 lines of 100,000 orders; the full million is proved with the whole import."""
    path = tmp_path / "orders.csv"
    with path.open("w") as file:
        file.write("order,email,date,product,quantity,unit price\n")
        for n in range(300_000):
            order = n // 3
            when = f"2024-0{1 + order % 9}-11 10:{order % 60:02d}:00"
            file.write(f"A{order},c{order % 9000}@x.example,{when},P{n % 500},1,{n % 90}.50\n")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path), str(tmp_path / "work")], capture_output=True, text=True, check=True
    )
    lines, peak, pandas, django = done.stdout.split()
    assert int(lines) == 300_000
    assert int(peak) < 260_000, "kilobytes: Django has to fit beside it below 300 MB"
    assert (pandas, django) == ("False", "False")
