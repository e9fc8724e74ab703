"""Take an erased person out of handed-in files: rejected rows lose theirs, any other file goes whole."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from perennial.facts.actions.erasing.person import Known
from perennial.stores.uploads.actions.decide import part_with
from perennial.stores.uploads.actions.named import Unsearchable, holds, names
from perennial.stores.uploads.actions.sweep import sweep
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, place, told
from perennial.stores.uploads.rules import REFUSED

_ON_ITS_WAY = timedelta(hours=1)  # an upload that is still arriving is no left-over


def forget_person(brand_id: int, known: Known, now: datetime) -> None:
    """Look through the files of a brand. The shop has its exports still; what was recorded of them stays.

    A file that nobody can look through to its end goes too. One that is being recorded right now goes when that
    is done: what it brings of the person is recorded blank.
    """
    addresses, accounts = _addresses(known), _accounts(known)
    for file in OrderFile.objects.filter(brand_id=brand_id, expired_at=None).order_by("id"):
        column = told(file.id, "look").get("guess", {}).get("columns", {"account": ""}).get("account")
        # Numbers of accounts are looked for where they can stand only: "7" is a quantity too.
        pattern = _either(addresses, accounts if column is not None else None)
        if _is_to_go(file, pattern):
            part_with(file=file, now=now)
        for part in (place(file.id, "look"), place(file.id, "result")):
            if pattern and part.exists() and holds(part, pattern):
                part.unlink(missing_ok=True)
        rejects = place(file.id, "rejects")
        if rejects.exists():
            _without(rejects, known, column or "")
    if pattern := _either(addresses, accounts):
        _left_over(pattern, now)
    sweep()


def _is_to_go(file: OrderFile, pattern: re.Pattern[bytes] | None) -> bool:
    path = place(file.id, "upload")
    if pattern is None or not path.exists():
        return False
    try:
        # One that was refused for what it unpacks to is not unpacked here either.
        return names(path, pattern, packed=file.state != REFUSED)
    except Unsearchable:
        return True


def _left_over(pattern: re.Pattern[bytes], now: datetime) -> None:
    """Parts of broken uploads and mended rejects, which no row tells of."""
    for path in folder().glob("*.part"):
        try:
            found = holds(path, pattern) if path.name.endswith(".json.part") else names(path, pattern)
        except Unsearchable:
            found = now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > _ON_ITS_WAY
        except FileNotFoundError:
            continue  # it arrived meanwhile
        if found:
            path.unlink(missing_ok=True)


def _either(*patterns: str | None) -> re.Pattern[bytes] | None:
    told = "|".join(pattern for pattern in patterns if pattern)
    return re.compile(told.encode("latin-1"), re.IGNORECASE) if told else None


def _addresses(known: Known) -> str:
    """E-mail addresses, and phone numbers with anything but digits between their digits."""
    words = [_any_encoding(value) for value, _ in known.emails]
    return "|".join(words + [r"[^0-9\n]{0,3}".join(tail) for tail in known.phone_tails()])


def _accounts(known: Known) -> str:
    """Numbers of accounts, where one is a whole cell; spreadsheets make 17850.0 of one."""
    words = "|".join(_any_encoding(name) for name in known.accounts())
    return rf"""(?:\A|(?<=[,;\t|"\r\n])) *(?:{words})(?:\.0+)? *(?=[,;\t|"\r\n]|\Z)""" if words else ""


def _any_encoding(word: str) -> str:
    """A word's bytes in every encoding that files come in, as a pattern (a letter stands for a byte)."""
    found = {word.encode(name, "ignore") for name in ("utf-8", "windows-1252", "iso-8859-15", "mac_roman")}
    return "|".join(re.escape(each).decode("latin-1") for each in sorted(found) if each)


def _without(path: Path, known: Known, column: str) -> None:
    """Take the rows that name a person out of rejects; ``column``: in which the account stands."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    left = 0
    accounts = known.accounts()
    at: int | None = None
    csv.field_size_limit(1 << 24)
    with (
        path.open(encoding="utf-8-sig", newline="") as source,
        os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline=""
        ) as out,
    ):
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, row in enumerate(csv.reader(source)):
            if not number and column in row:
                at = row.index(column)
            if number and (known.named_in(" ".join(row)) or _is_theirs(row, at, accounts)):
                left += 1
            else:
                writer.writerow(row)
    if left:
        draft.replace(path)
    else:
        draft.unlink()


def _is_theirs(row: Sequence[str], at: int | None, accounts: Sequence[str]) -> bool:
    return at is not None and at < len(row) and row[at].strip().removesuffix(".0") in accounts
