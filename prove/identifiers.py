"""Identifiers made by many processes at once, killed and started again, never meet."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from prove.outcome import Outcome

BURST = 1_000


def prove(*, seed: int, size: str) -> Outcome:
    """At the size that is asked for."""
    full = size == "full"
    return meet(seed=seed, processes=8, each=1_000_000 if full else 20_000, kills=50 if full else 4)


def meet(*, seed: int, processes: int, each: int, kills: int) -> Outcome:
    """``processes`` make ``each`` ids in bursts; ``kills`` of them die by kill -9 and are followed by others.

    Every id that reached a file counts, those of the killed too.
    """
    chance = random.Random(seed)
    outcome = Outcome("ids", "Identifiers of many processes", f"--seed {seed}")
    with tempfile.TemporaryDirectory(prefix="perennial-ids-") as given:
        folder = Path(given)
        running = [_start(folder, number, each) for number in range(processes)]
        killed = 0
        started = processes
        while killed < kills:
            victim = chance.randrange(len(running))
            path = folder / f"{running[victim][1]}.ids"
            goal = chance.randrange(1, max(each // 4, 2)) * 8
            process = running[victim][0]
            while process.poll() is None and (not path.exists() or path.stat().st_size < goal):
                os.sched_yield()
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                killed += 1
            process.wait()
            running[victim] = _start(folder, started, each)
            started += 1
        codes = [process.wait() for process, _ in running]
        return _judged(outcome, folder, codes, killed)


def _judged(outcome: Outcome, folder: Path, codes: list[int], killed: int) -> Outcome:
    import numpy as np

    files = [path.read_bytes() for path in sorted(folder.glob("*.ids"))]
    made = [np.frombuffer(data[: len(data) // 8 * 8], dtype="<i8") for data in files]
    everything = np.concatenate(made)
    twice = len(everything) - len(np.unique(everything))
    rising = all(bool((np.diff(part) > 0).all()) for part in made)
    outcome.claim(
        f"no id twice among {len(made)} processes, {killed} of them killed",
        f"{len(everything):,} ids, {twice} twice",
        kept=twice == 0,
    )
    outcome.claim("the ids of a process rise", "all" if rising else "not all", kept=rising)
    outcome.claim("63 bits, above 0", f"{everything.min():,} to {everything.max():,}", kept=bool(everything.min() > 0))
    outcome.claim("those not killed end well", codes, kept=not any(codes))
    return outcome


def _start(folder: Path, number: int, each: int) -> tuple[subprocess.Popen[bytes], int]:
    arguments = [str(folder), str(number), str(each)]
    return subprocess.Popen(
        [sys.executable, "-m", "prove.identifiers", *arguments], cwd=Path(__file__).parent.parent
    ), number


def make(folder: Path, number: int, each: int) -> None:
    """In a process of its own: claim a node, append ids to a file burst by burst."""
    from perennial.values.ids import claim_node

    generator = claim_node(folder / "nodes")
    handle = os.open(folder / f"{number}.ids", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for done in range(0, each, BURST):
        burst = generator.take(min(BURST, each - done))
        os.write(handle, b"".join(id_.to_bytes(8, "little") for id_ in burst))


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
