"""Measurements side by side: each in a new process, contenders in turn, the middle one counts."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.child import MARK

ROOT = Path(__file__).resolve().parent.parent


class Failed(Exception):
    """A measurement ended with an error."""


@dataclass(frozen=True, slots=True)
class Sample:
    """``seconds`` of the measured part, ``rows`` it went through, ``peak_mb`` of its process."""

    seconds: float
    rows: int = 0
    peak_mb: float = 0.0
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def speed(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """A function to measure: ``module:function``, its arguments, and its environment."""

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Of a process that is measured: none of Perennial's settings but those ``given``."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PERENNIAL_")} | dict(given)


def run(job: Job) -> Sample:
    """Measure once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.child", job.function, json.dumps(dict(job.arguments))],
        cwd=ROOT, env=environment(job.environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not told:
        raise Failed(f"{job.function}: exit code {done.returncode}\n{done.stderr[-3000:]}")
    found = json.loads(told[-1].removeprefix(MARK))
    return Sample(found.pop("seconds"), found.pop("rows", 0), found.pop("peak_mb"), found)


def in_turn(jobs: Sequence[Job], rounds: int) -> list[Sample]:
    """Measure all jobs ``rounds`` times, one after the other in each round; of each the middle sample by time.

    In turn, so that a busy minute of the machine meets them all.
    """
    taken: list[list[Sample]] = [[] for _ in jobs]
    for _ in range(rounds):
        for job, samples in zip(jobs, taken, strict=True):
            samples.append(run(job))
    return [_middle(samples) for samples in taken]


def _middle(samples: list[Sample]) -> Sample:
    middle = statistics.median_low(sample.seconds for sample in samples)
    return next(sample for sample in samples if sample.seconds == middle)
