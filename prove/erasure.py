"""P32: a person erased within a minute; nothing that named them is found anywhere, nor comes back."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

from prove.imports import _opened
from prove.outcome import Outcome
from prove.places import House, house

MOST_SECONDS = 60.0
# What is planted, and where it stands: each is one identifier that must be found before and never after.
PLACES = (
    "account", "email", "oldmail", "first", "last", "street", "child", "engraving", "tracking", "reason", "review",
    "searched", "proof", "card", "attribute", "unknown", "bespoke",
)  # fmt: skip


def prove(*, seed: int, size: str) -> Outcome:
    """Both databases at the size that is asked for."""
    outcome = Outcome("P32", "A person erased", f"--seed {seed}")
    for database in ("SQLite", "PostgreSQL"):
        erased(outcome, database, seed=seed, customers=40_000 if size == "full" else 0)
    outcome.notes.append(
        "Searched: every row of every table, every file of the home (of SQLite the raw bytes too), the mirror's rows, "
        "what commands and the loop printed, the copy for the person, a restored back-up from before."
    )
    return outcome


def planted(seed: int) -> dict[str, str]:
    """The identifiers, by where they stand; and a phone number."""
    chance = random.Random(seed)
    words = {place: f"zq{''.join(chance.choices('bcdfghjkmnprtvw', k=9))}{place[:3]}" for place in PLACES}
    words["email"], words["oldmail"] = f"{words['email']}@example.com", f"{words['oldmail']}@example.org"
    return words | {"phone": f"+346{chance.randrange(10**7, 10**8)}"}


def erased(outcome: Outcome, database: str, *, seed: int, customers: int) -> None:
    """Plant, erase, search, bring everything in again, search, restore an older back-up, search."""
    words = planted(seed)
    with house(database) as where, house(database) as other:
        folder = where.home.parent / f"{where.home.name}-outside"
        folder.mkdir()
        path, copy = folder / "orders.csv", folder / "before.tar.gz"
        _csv(path, words)
        said = [_run(where, "prove.erasure", "plant", str(seed), str(customers), module=True)]
        said.append(_run(where, "import", str(path), "--currency", "EUR", "--zone", "Europe/Madrid"))
        said.append(_run(where, "work", "--once"))
        orders = _totals(where)
        before = _found(where, words, [])
        _run(where, "backup", str(copy))
        began = time.perf_counter()
        said.append(_run(where, "erase", words["email"], "--likely", "--yes"))
        seconds = time.perf_counter() - began
        said.append(_run(where, "work", "--once"))
        title = f"{database}, {customers:,} customers"
        outcome.claim(f"{title}: planted identifiers found before", f"{len(before)} of {len(words)}",
                      kept=len(before) == len(words))  # fmt: skip
        outcome.claim(f"{title}: erased within {MOST_SECONDS:.0f} s", f"{seconds:.1f} s", kept=seconds <= MOST_SECONDS)
        _none(outcome, f"{title}: identifiers found after", _found(where, words, said))
        same = _totals(where) == orders
        outcome.claim(
            f"{title}: orders, amounts and days", f"{orders[0]:,} orders, as before" if same else "differ", kept=same
        )
        said.append(_run(where, "import", str(path), "--currency", "EUR", "--zone", "Europe/Madrid", "--again"))
        said.append(_run(where, "prove.erasure", "plant", str(seed), "0", module=True))
        said.append(_run(where, "work", "--once"))
        _none(outcome, f"{title}: identifiers found after the same file and facts again", _found(where, words, said))
        state = json.loads(_run(where, "prove.erasure", "suppressed", str(seed), "0", module=True).splitlines()[-1])
        outcome.claim(
            f"{title}: addresses suppressed after", f"{sum(state.values())} of {len(state)}", kept=all(state.values())
        )
        (folder / "erasures.jsonl").write_bytes((where.home / "backups" / "erasures.jsonl").read_bytes())
        said = [_run(other, "restore", str(copy))]
        _none(outcome, f"{title}: identifiers found in a restored back-up from before", _found(other, words, said))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _none(outcome: Outcome, title: str, found: dict[str, str]) -> None:
    told = ", ".join(f"{what} in {where}" for what, where in sorted(found.items())) or "0"
    outcome.claim(title, told, kept=not found)


def _run(where: House, *arguments: str, module: bool = False) -> str:
    start = where.run if module else where.command
    process = start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments[0]} ended with {process.returncode}: {told[-2000:]}")
    return str(told)


def _csv(path: Path, words: dict[str, str]) -> None:
    """A shop's export with one order of the person and one of somebody else."""
    name = f"{words['first']} {words['last']}"
    rows = [
        ("Order", "Customer", "Date", "Amount", "Customer name", "Phone", "Product"),
        ("csv-1", words["email"], "2026-01-05", "25.00", name, words["phone"], "Plain ring"),
        ("csv-2", "somebody@example.net", "2026-01-06", "40.00", "Some Body", "", "Hat"),
    ]  # fmt: skip
    path.write_text("".join(",".join(row) + "\n" for row in rows))


def _totals(where: House) -> tuple[Any, ...]:
    with _opened(where) as opened:
        cursor = opened.cursor()
        cursor.execute('SELECT count(*), sum(total), sum(net), sum(ordered_day) FROM "order"')
        return tuple(int(value) for value in cursor.fetchone())


def _found(where: House, words: dict[str, str], said: list[str]) -> dict[str, str]:
    """Which identifiers stand anywhere, and where first."""
    found: dict[str, str] = {}

    def search(text: str, place: str) -> None:
        folded = text.casefold()
        for what, word in words.items():
            if what not in found and word.casefold() in folded:
                found[what] = place

    for table, text in _rows(where):
        search(text, f"table {table}")
    for text in said:
        # What the command was told stands on the terminal by the hand of whoever typed it.
        search(text, "what was printed")
    for path in sorted(where.home.rglob("*")):
        if path.suffix == ".parquet":
            import duckdb

            search(str(duckdb.read_parquet(str(path)).fetchall()), f"mirror {path.name}")
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    search(archive.read(name).decode(errors="replace"), path.name)
        elif path.is_file() and not path.is_symlink():
            search(path.read_bytes().decode("latin-1"), f"file {path.name}")
    return found


def _rows(where: House) -> list[tuple[str, str]]:
    with _opened(where) as opened:
        cursor = opened.cursor()
        sqlite = where.database == "SQLite"
        if sqlite:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        else:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        dumped = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            dumped.append((table, "\n".join(str(row) for row in cursor.fetchall())))
        return dumped


def batch(words: dict[str, str]) -> Any:
    """All that a shop can say of the person, in two states of time, with everything planted."""
    from datetime import UTC, datetime, timedelta

    from perennial.facts.rules import records as r

    start = datetime(2026, 1, 10, 10, tzinfo=UTC)
    who = r.Who(account=words["account"], email=words["email"], phone=words["phone"], visitor="prove-browser")
    address = r.Address(name=f"{words['first']} {words['last']}", line1=words["street"], country="ES")
    customers = tuple(
        r.Customer(
            who=r.Who(account=words["account"], email=mail, phone=words["phone"]), created_at=start, updated_at=at,
            first_name=words["first"], last_name=words["last"], address=address,
            attributes={"motto": words["attribute"]}, beneficiaries=(r.Beneficiary(name=words["child"]),),
        )
        for mail, at in ((words["oldmail"], start), (words["email"], start + timedelta(days=1)))
    )  # fmt: skip
    lines = (
        r.Line(name="1", product="ring", title=words["engraving"], total=2000),
        # Known from this line alone: the product's own name is then the person's.
        r.Line(name="2", product="one-of-a-kind", title=words["bespoke"], total=500),
    )
    bought = r.Order(
        name="zq-order", who=who, ordered_at=start, paid_at=start, updated_at=start, currency="EUR", total=2500,
        lines=lines, billing=address, delivery=address, touch=r.Touch(landing=f"https://x.example/?u={words['email']}"),
        tenders=(r.Tender(amount=2500, fingerprint=words["card"]),),
    )  # fmt: skip
    return r.Batch(
        products=(r.Product(name="ring", title="Ring", currency="EUR", updated_at=start),),
        customers=customers,
        consents=(r.Consent(who=who, at=start, channel="email", given=True, proof=words["proof"]),),
        orders=(bought,),
        refunds=(r.Refund(name="zq-r", order="zq-order", refunded_at=start, updated_at=start, amount=500,
                          reason=words["reason"]),),
        fulfilments=(r.Fulfilment(name="zq-f", order="zq-order", updated_at=start, tracking=words["tracking"]),),
        ratings=(r.Rating(name="zq-s", who=who, rated_at=start, updated_at=start, score=80, body=words["review"]),),
        behaviour=(
            r.Behaviour(name="zq-b", who=r.Who(visitor="prove-browser"), at=start, kind="searched",
                        props={"text": words["unknown"]}),
            r.Behaviour(name="zq-k", who=who, at=start, kind="searched", props={"text": words["searched"]}),
        ),
    )  # fmt: skip


def main(what: str, seed: int, customers: int) -> None:
    """In a child: plant (beside so many made-up customers), or say whether the addresses are suppressed."""
    from datetime import UTC, datetime

    from perennial.database.start import start

    start()
    from perennial.demo import record_made_up
    from perennial.facts.actions.record import record
    from perennial.facts.actions.stores import open_store, source_of
    from perennial.facts.actions.suppress import suppression_hash
    from perennial.facts.queries import is_suppressed

    words = planted(seed)
    now = datetime.now(UTC)
    if customers:
        record_made_up(customers=customers, seed=seed)
    store = open_store(now=now, currency="EUR", zone="Europe/Madrid")
    if what == "plant":
        record(batch(words), source=source_of(store, "prove"), now=now)
        return
    wanted = {"email": words["email"], "oldmail": words["oldmail"], "phone": words["phone"]}
    channels = {"email": "email", "oldmail": "email", "phone": "sms"}
    state = {
        name: is_suppressed(
            brand_id=store.brand_id, channel=channels[name], hash_=suppression_hash(channels[name], value)  # type: ignore[arg-type]
        )
        for name, value in wanted.items()
    }  # fmt: skip
    sys.stdout.write(json.dumps(state) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
