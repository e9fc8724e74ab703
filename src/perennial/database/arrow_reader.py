"""The process that reads SQLite by ADBC for another one: questions on stdin, Arrow streams on stdout.

Why a process: see `database.arrow`. It ends when its parent does, by the end of stdin. A question is a line
of JSON; an answer is "+" or "-", its length in 8 bytes, and an Arrow stream or the text of the error.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any
from urllib.parse import quote

_BATCH = 65_536


def main() -> None:
    """Answer until stdin ends."""
    # Ctrl-C in a terminal reaches the whole group: the parent decides when reading ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    opened: Any = None
    for line in sys.stdin.buffer:
        question = json.loads(line)
        try:
            if "read" in question:
                answer = _read(opened, question["read"])
            else:
                if opened is not None:
                    opened.close()
                opened = _open(question["open"]) if "open" in question else None
                answer = b""
            sign = b"+"
        except Exception as error:  # noqa: BLE001  # told to the parent, which raises it
            sign, answer = b"-", f"{type(error).__name__}: {error}".encode()
        sys.stdout.buffer.write(sign + len(answer).to_bytes(8, "little") + answer)
        sys.stdout.buffer.flush()


def _open(path: str) -> Any:  # ADBC has no stubs
    import adbc_driver_sqlite.dbapi as sqlite

    # Without autocommit a first read would hold its moment of the database for all that follow.
    return sqlite.connect(f"file:{quote(path)}?mode=ro", autocommit=True)


def _read(opened: Any, sql: str) -> bytes:
    import pyarrow as pa

    cursor = opened.cursor()
    try:
        # Types are guessed from the first batch: it must be large.
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH)})
        cursor.execute(sql)
        found = cursor.fetch_arrow_table()
    finally:
        cursor.close()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema) as stream:
        stream.write_table(found)
    return bytes(sink.getvalue())


if __name__ == "__main__":
    main()
