"""Homes and databases for proofs, gone at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class House:
    """A home with a database of its own. ``environment`` names both for commands."""

    home: Path
    database: str
    environment: dict[str, str]

    def run(self, *arguments: str, **more: object) -> subprocess.Popen[str]:
        """Start ``python -m ...`` on it."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=self.environment,
            text=True,
            **more,  # type: ignore[call-overload]
        )

    def command(self, *arguments: str, **more: object) -> subprocess.Popen[str]:
        """Start ``perennial ...`` on it."""
        program = str(Path(sys.executable).parent / "perennial")
        return subprocess.Popen([program, *arguments], cwd=ROOT, env=self.environment, text=True, **more)  # type: ignore[call-overload]


@contextmanager
def house(database: str = "SQLite") -> Iterator[House]:
    """A new one on SQLite or on a PostgreSQL of our own that writes through to the disk."""
    home = Path(tempfile.mkdtemp(prefix="perennial-prove-"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PERENNIAL_")} | {
        "PERENNIAL_HOME": str(home)
    }
    server = None
    try:
        if database == "PostgreSQL":
            from tests.postgres import PostgresServer
            from tests.real import found

            server = PostgresServer(found("postgresql"), durable=True)
            server.start()
            environment["PERENNIAL_DATABASE_URL"] = server.create("perennial")
        yield House(home, database, environment)
    finally:
        if server is not None:
            server.remove()
        shutil.rmtree(home, ignore_errors=True)
