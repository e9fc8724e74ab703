"""`perennial demo` ends in the desk: without a terminal its first page is fetched, and that was it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.web.conftest import environment


def demo(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The demo on a shop's small export, which is quicker than two made-up years."""
    orders = home / "orders.csv"
    orders.write_text(
        "Order,Customer,Date,Amount\n1,ana@example.com,2024-01-05,25.00\n2,b@example.com,2024-02-01,9.00\n"
    )
    return subprocess.run(
        [sys.executable, "-m", "perennial", "demo", "--orders", str(orders), *options],
        env=environment(home), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_without_a_terminal_the_desk_answers_once_and_the_demo_ends(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo" / "report.html").exists()
    assert "/today/ with " in done.stdout
    assert "/sign-in/" not in done.stdout


def test_the_desk_can_be_left_out(tmp_path: Path) -> None:
    done = demo(tmp_path, "--no-serve")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "demo" / "report.html")
