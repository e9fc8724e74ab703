"""`perennial serve` ends whole: told to stop it ends its loop, killed outright it leaves no process behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.conftest import _wait_for, environment, free_port


def children(pid: int) -> list[int]:
    found = [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    return found + [deeper for one in found for deeper in children(one)]


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes by /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(tmp_path: Path, number: signal.Signals):
    port = free_port()
    served = subprocess.Popen(
        [sys.executable, "-m", "perennial", "serve", "--port", str(port), "--workers", "1"],
        env=environment(tmp_path), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _wait_for(f"http://localhost:{port}", served)
    beside = {pid: os.pidfd_open(pid) for pid in children(served.pid)}
    commands = [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in beside]
    assert any("perennial work" in command for command in commands)
    assert len(commands) >= 2
    served.send_signal(number)
    served.wait(30)
    for pid, handle in beside.items():
        ended, _, _ = select.select([handle], [], [], 30)
        os.close(handle)
        assert ended, f"process {pid} still runs"
