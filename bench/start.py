"""How long the command takes to say what it can do, and what it loads for that."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.figure import Aim, Figure, Line
from bench.measure import Job, in_turn
from bench.places import Place

COMMANDS = (["--help"], ["report", "--help"], ["import", "--help"], ["work", "--help"])
HEAVY = ("django", "ibis", "duckdb", "pyarrow", "pandas", "numpy", "pydantic", "rich")
MOST = 0.3


def measure(where: Place) -> list[Figure]:
    """Each command beside a Python that imports click and does nothing."""
    figure = Figure("start", "Starting the command", where.size)
    jobs = [Job("bench.start:bare"), *(Job("bench.start:help_", {"arguments": a}) for a in COMMANDS)]
    bare, *ours = in_turn(jobs, 5)
    figure.lines.append(Line("python with click, doing nothing", 0, bare.seconds))
    for arguments, sample in zip(COMMANDS, ours, strict=True):
        name = f"`perennial {' '.join(arguments)}`"
        loaded = ", ".join(sample.more["heavy"]) or "nothing heavy"
        told = f"{sample.seconds / bare.seconds:.2f} times; {sample.more['modules']} modules, {loaded}"
        figure.lines.append(Line(name, 0, sample.seconds, 0, told))
        figure.aims.append(Aim(f"{name} in under {MOST} s", f"{sample.seconds:.2f} s", sample.seconds < MOST))
    figure.aims.append(
        Aim("analyst's commands load no Django", ", ".join(ours[1].more["heavy"]) or "nothing heavy",
            "django" not in ours[1].more["heavy"])
    )  # fmt: skip
    figure.notes.append(f"Looked for: {', '.join(HEAVY)}.")
    return [figure]


def help_(*, arguments: list[str]) -> dict[str, Any]:
    """In a child: run the command in a process of its own, and once more to see what it loads."""
    program = str(Path(sys.executable).parent / "perennial")
    seconds = _ran([program, *arguments])
    look = (
        "import sys\nfrom perennial.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        "print(len(sys.modules), *sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stderr.split()
    return {"seconds": seconds, "modules": int(told[0]), "heavy": [name for name in HEAVY if name in told[1:]]}


def bare() -> dict[str, Any]:
    """In a child: a Python that imports click."""
    return {"seconds": _ran([sys.executable, "-c", "import click"])}


def _ran(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
