"""Columns out of the database: ADBC reads either database straight into Arrow, past Django.

Each read is a statement of its own: it sees one moment of the database and lets go of it when it returns.
Danger: on SQLite a read that stays open keeps the write-ahead log from being folded back, so that it grows
without bound; read big tables in slices.

**SQLite is read by a process of its own** (`database.arrow_reader`). The ADBC driver brings its own copy of
SQLite, and two copies in one process must never open one file: they do not see each other's locks, and when
one of them closes the file the kernel drops the locks of both. Read errors were seen; lost writes and a
corrupt file are what the SQLite documentation warns of ("How to corrupt", 2.2.1).
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class Source(Protocol):
    """An open connection for reading."""

    def read(self, sql: str) -> pa.Table:
        """The rows of one SELECT. Integers, booleans and text only: nothing else is the same on both."""
        ...


class ReadFailed(RuntimeError):
    """The reader of SQLite reported an error, or died."""


@contextmanager
def source() -> Iterator[Source]:
    """Open the database of Django's settings; sees what is committed."""
    from django.db import connection

    given = connection.settings_dict
    if connection.vendor == "sqlite":
        with _Reader.of_this_process().opened(str(given["NAME"])) as reader:
            yield reader
        return
    import adbc_driver_postgresql.dbapi as postgresql

    # Without autocommit a first read would hold its transaction open over all that follow.
    with closing(postgresql.connect(_conninfo(given), autocommit=True)) as opened:
        yield _PostgreSQL(opened)


class _PostgreSQL:
    def __init__(self, connection: Any) -> None:  # ADBC has no stubs
        self._connection = connection

    def read(self, sql: str) -> pa.Table:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()


def _conninfo(given: dict[str, Any]) -> str:
    """libpq's own words, in which a host may be a folder with a socket."""
    words = {
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        "host": given["HOST"],
        "port": given["PORT"],
        **given["OPTIONS"],
    }
    return " ".join(
        "{}='{}'".format(key, str(value).replace("\\", "\\\\").replace("'", "\\'"))
        for key, value in words.items()
        if value
    )


class _Reader:
    """The reading process of this process: started when first needed, kept, ends with its parent."""

    _mine: _Reader | None = None
    _guard = threading.Lock()

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._turn = threading.RLock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "perennial.database.arrow_reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        atexit.register(self.end)

    @classmethod
    def of_this_process(cls) -> _Reader:
        with cls._guard:
            mine = cls._mine
            # A forked child must not talk into its parent's pipe.
            if mine is None or mine._owner != os.getpid() or mine._process.poll() is not None:  # noqa: SLF001
                mine = cls._mine = cls()
            return mine

    @contextmanager
    def opened(self, path: str) -> Iterator[_Reader]:
        with self._turn:
            self._ask({"open": path})
            try:
                yield self
            finally:
                if self._process.poll() is None:
                    self._ask({"close": path})

    def read(self, sql: str) -> pa.Table:
        import pyarrow as pa

        with pa.ipc.open_stream(self._ask({"read": sql})) as stream:
            return stream.read_all()

    def _ask(self, question: dict[str, str]) -> bytes:
        given, told = self._pipes()
        try:
            given.write(json.dumps(question).encode() + b"\n")
            given.flush()
            head = _exactly(told, 9)
            body = _exactly(told, int.from_bytes(head[1:], "little"))
        except BaseException:
            self.end()  # half an answer in the pipe would be taken for the next one's
            raise
        if head[:1] != b"+":
            raise ReadFailed(body.decode(errors="replace"))
        return body

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        given, told = self._process.stdin, self._process.stdout
        assert given is not None  # noqa: S101  # opened above
        assert told is not None  # noqa: S101
        return given, told

    def end(self) -> None:
        """End the reading process; it holds nothing."""
        if self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
            for pipe in self._pipes():
                with suppress(BrokenPipeError):  # what was written for a process that is gone
                    pipe.close()


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    found = pipe.read(count)
    if len(found) != count:
        raise ReadFailed("the reading process ended in the middle of an answer")
    return found
