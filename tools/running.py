"""What the set-up's parts share: where things stand, how a command is run, how a failure is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PARTS = ROOT / ".parts"


class SetupError(RuntimeError):
    """Set-up cannot go on; the message says what is missing and what to do about it."""


def say(text: str) -> None:
    """Print one line of progress at once, so that a long download is not taken for a hang."""
    print(f"set-up: {text}", flush=True)


def run(command: list[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None, remedy: str = "") -> str:
    """Run a command without a terminal and return its output.

    Raises SetupError with the end of the output, and the remedy where one is known.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{command[0]} cannot be run: {error.strerror}. {remedy}".strip()) from error
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-20:])
        raise SetupError(f"`{' '.join(command)}` failed with code {done.returncode}:\n{tail}\n{remedy}".rstrip())
    return done.stdout


def output_or_nothing(command: list[str], env: dict[str, str] | None = None) -> str:
    """Ask a program about itself: its output, or nothing when it is absent, broken or in error."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
