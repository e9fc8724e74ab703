"""One measurement in a process of its own, so that its peak memory is its own.

``python -m bench.child module:function '{"argument": ...}'`` calls the function and prints, as its last line,
what it returned (a dict) with ``peak_mb``, the most memory that was resident since `start_peak` (else since
the process began). Memory of a database server is not in it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

MARK = "@@ "
_STATUS = Path("/proc/self/status")


@dataclass(slots=True)
class Clock:
    """What `timed` measured."""

    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Clock]:
    """Wall time of the block; the peak of memory begins anew with it."""
    clock = Clock()
    start_peak()
    began = time.perf_counter()
    yield clock
    clock.seconds = time.perf_counter() - began


def start_peak() -> None:
    """Forget the peak of memory so far (Linux): what set-up needed is not the measured work's."""
    path = Path("/proc/self/clear_refs")
    if path.exists():
        path.write_text("5")


def peak_mb() -> float:
    """Most memory resident, in MB (10^6 bytes).

    Linux: of this program alone. ``ru_maxrss`` would also remember the parent's size at the fork.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """Run the function that the command line names."""
    module, _, name = sys.argv[1].partition(":")
    found = getattr(import_module(module), name)(**json.loads(sys.argv[2]))
    print(MARK + json.dumps({"peak_mb": round(peak_mb(), 1), **found}))


if __name__ == "__main__":
    main()
