"""P02: a call that is sent again, at once or after a crash, has its effect once, and never with another body.

The call records a visit that carries no id of its own, so that a second effect would be a second row. Each call is
sent one to five times by clients at once, now and then one of the copies with another body, while the server is
killed outright and started again. Whichever body came first has won: its copies all get the same answer, the
others are refused, and one row is there.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from prove.outcome import Outcome
from prove.places import House, house

TITLE = "Calls sent again and again"
CLIENTS = 8
TOGETHER = 40  # calls whose copies are mixed
_PATIENCE = 120.0


def prove(*, seed: int, size: str) -> Outcome:
    """Both databases at the size that is asked for."""
    calls = 100_000 if size == "full" else 300
    outcome = Outcome("P02", TITLE, f"--seed {seed}")
    for database in ("SQLite", "PostgreSQL"):
        repeat(outcome, database, seed=seed, calls=calls, kills=20 if size == "full" else 3)
    outcome.notes.append("Keys are kept for 30 days: tests/web/api/test_once.py.")
    return outcome


@dataclass
class Answers:
    """What a call's copies got, by body: 200 with their content, or refused."""

    given: defaultdict[bytes, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    refused: set[bytes] = field(default_factory=set)
    first: int = 0  # answers that were no replay
    others: Counter[int] = field(default_factory=Counter)


def repeat(outcome: Outcome, database: str, *, seed: int, calls: int, kills: int) -> None:
    """Send ``calls``, each one to five times, through ``kills`` of the server."""
    chance = random.Random(seed)
    with house(database) as where:
        where.environment.update(PERENNIAL_API_CALLS=str(10**9))
        ready = where.run("prove.calls", stdout=subprocess.PIPE)
        key = ready.communicate()[0].strip()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        copies = list(_copies(chance, calls))
        answers = [Answers() for _ in range(calls)]
        began = time.monotonic()
        with _Server(where, port) as server:
            _send(copies, answers, (port, key), server, [chance.randrange(len(copies)) for _ in range(kills)])
        seconds = time.monotonic() - began
        rows = _rows(where)
    _judge(outcome, f"{database}, {calls:,} calls in {len(copies):,} copies, {kills} kills", answers, rows)
    outcome.notes.append(f"{database}: {len(copies) / seconds:,.0f} requests a second by {CLIENTS} clients.")


def _copies(chance: random.Random, calls: int) -> Iterator[tuple[int, bytes]]:
    """(call, body), those of neighbouring calls mixed."""
    for start in range(0, calls, TOGETHER):
        mixed = []
        for call in range(start, min(start + TOGETHER, calls)):
            times = chance.randint(1, 5)
            changed = chance.randrange(times) if times > 1 and chance.random() < 0.3 else -1
            mixed += [(call, _body(call, changed=copy == changed)) for copy in range(times)]
        chance.shuffle(mixed)
        yield from mixed


def _body(call: int, *, changed: bool) -> bytes:
    return json.dumps(
        {"visitor": "v", "events": [{"kind": "changed" if changed else "called", "value": call}]}
    ).encode()


class _Server:
    """`perennial serve`, with all its processes; killed and started again."""

    def __init__(self, where: House, port: int) -> None:
        self._where, self._port = where, port

    def __enter__(self) -> _Server:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _start(self) -> None:
        self._process = self._where.command(
            "serve", "--port", str(self._port), "--workers", "2", "--no-loop",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def kill(self) -> None:
        """As a power cut would, and again up."""
        self.__exit__()
        self._start()


def _send(
    copies: list[tuple[int, bytes]], answers: list[Answers], door: tuple[int, str], server: _Server, kills: list[int]
) -> None:
    lock, place = threading.Lock(), iter(range(len(copies)))
    deaths = Counter(kills)

    def client() -> None:
        port, key = door
        while True:
            with lock:
                number = next(place, None)
                for _ in range(deaths.pop(number, 0) if number is not None else 0):
                    server.kill()
            if number is None:
                return
            call, body = copies[number]
            status, content, replayed = _post(port, key, call, body)
            with lock:
                found = answers[call]
                if status == 200:
                    found.given[body].add(content)
                    found.first += not replayed
                elif status == 422:
                    found.refused.add(body)
                else:
                    found.others[status] += 1

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _post(port: int, key: str, call: int, body: bytes) -> tuple[int, bytes, bool]:
    """Send until there is an answer: again when the connection broke, and when the first is still at it."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": f"call-{call}",
               "Host": "localhost"}  # fmt: skip
    until = time.monotonic() + _PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", "/api/v1/behaviour", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until:
                return 0, b"", False
            time.sleep(0.05)  # the server is being started
            continue
        finally:
            connection.close()
        if answer.status in (409, 503) and time.monotonic() < until:
            time.sleep(0.02)
            continue
        return answer.status, content, answer.headers.get("Idempotency-Replayed") == "true"


def _rows(where: House) -> dict[int, list[str]]:
    """The visits that were recorded: kinds by call."""
    from prove.imports import _opened

    found = defaultdict(list)
    with _opened(where) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT value, kind FROM behaviour")
        for call, kind in cursor.fetchall():
            found[int(call)].append(str(kind))
    return found


def _judge(outcome: Outcome, title: str, answers: list[Answers], rows: dict[int, list[str]]) -> None:
    twice = [call for call, kinds in rows.items() if len(kinds) > 1]
    outcome.claim(f"{title}: no effect twice", f"{len(twice)} twice", kept=not twice)
    lost = [call for call in range(len(answers)) if call not in rows]
    outcome.claim(f"{title}: no effect lost", f"{len(lost)} lost", kept=not lost)
    two = [call for call, one in enumerate(answers) if len(one.given) != 1 or set(one.given) & one.refused]
    changed = sum(len(one.refused) for one in answers)
    outcome.claim(f"{title}: one body wins, every other is refused", f"{changed:,} refused, {len(two)} wrong",
                  kept=not two and changed > 0)  # fmt: skip
    other = [
        call for call, one in enumerate(answers)
        for body in one.given if rows.get(call) != [json.loads(body)["events"][0]["kind"]]
    ]  # fmt: skip
    outcome.claim(f"{title}: the winner's effect is there", f"{len(other)} other", kept=not other)
    unlike = [call for call, one in enumerate(answers) if any(len(said) > 1 for said in one.given.values())]
    outcome.claim(f"{title}: the same answer byte for byte", f"{len(unlike)} differ", kept=not unlike)
    again = [call for call, one in enumerate(answers) if one.first > 1]
    outcome.claim(f"{title}: at most one answer is no replay", f"{len(again)} more", kept=not again)
    strange = sum((one.others for one in answers), Counter[int]())
    outcome.claim(f"{title}: nothing but 200 and 422 in the end", dict(strange) or "nothing else", kept=not strange)


def main() -> None:
    """In a process of its own: make tables, a store and a key; tell the key."""
    from datetime import UTC, datetime

    from perennial.database.start import start

    start()
    from perennial.facts.actions.stores import open_store
    from perennial.web.access.keys import make_key
    from perennial.web.access.people import give_role

    now = datetime.now(UTC)
    store = open_store(now=now)
    give_role(brand_id=store.brand_id, email="owner@localhost", role="owner", now=now)  # so that no link is made
    key = make_key(
        brand_id=store.brand_id, kind="publishable", name="prove", scopes=["behaviour:write"], now=now
    )  # fmt: skip
    sys.stdout.write(key[1])


if __name__ == "__main__":
    main()
