"""Where measurements keep their files, and the databases they measure on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.postgres import PostgresServer

ONLINE_RETAIL = Path(__file__).resolve().parent.parent.parent / "shared/data/online_retail/online_retail.csv.gz"


@dataclass(frozen=True, slots=True)
class Place:
    """``folder``: made inputs stay here for the next measurement, and for the next run where it was given."""

    folder: Path
    size: str

    @property
    def full(self) -> bool:
        """Whether the whole numbers are asked for, not a quick look."""
        return self.size == "full"

    @contextmanager
    def home(self) -> Iterator[Path]:
        """An empty folder, gone at the end."""
        path = Path(tempfile.mkdtemp(prefix="home-", dir=self.folder))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def place(size: str, given: Path | None) -> Iterator[Place]:
    """The place of a run: ``given`` is kept, else a temporary folder is made and removed."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield Place(given.absolute(), size)
        return
    path = Path(tempfile.mkdtemp(prefix="perennial-bench-"))
    try:
        yield Place(path, size)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of our own that writes through to the disk, gone at the end."""
    from tests.postgres import PostgresServer
    from tests.real import found

    server = PostgresServer(found("postgresql"), durable=True)
    try:
        server.start()
        yield server
    finally:
        server.remove()
