"""Take an erased person out of handed-in files: rejected rows lose theirs, any other file goes whole."""

from __future__ import annotations

import csv
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from perennial.facts.actions.erasing.person import Known
from perennial.stores.uploads.actions.decide import NotNow, forget
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, place

_BLOCK = 1 << 22
_OVERLAP = 512


def forget_person(brand_id: int, known: Known, now: datetime) -> None:
    """Look through the files of a brand. The shop has its exports still; what was recorded of them stays.

    A file that is being recorded right now keeps its rows until that is done: what it brings of the person
    is recorded blank, and the file expires.
    """
    pattern = _pattern(known)
    if pattern is None:
        return
    for file in OrderFile.objects.filter(brand_id=brand_id, expired_at=None).order_by("id"):
        rejects = place(file.id, "rejects")
        if _names(place(file.id, "upload"), pattern):
            with suppress(NotNow):
                forget(file=file, now=now)
                continue
        for part in (place(file.id, "look"), place(file.id, "result")):
            if _names(part, pattern):
                part.unlink(missing_ok=True)
        if rejects.exists():
            _without(rejects, known)
    _left_over(pattern)


def _left_over(pattern: re.Pattern[bytes]) -> None:
    """Parts of broken uploads and mended rejects, which no row tells of."""
    for path in folder().glob("*.part"):
        if _names(path, pattern):
            path.unlink(missing_ok=True)


def _pattern(known: Known) -> re.Pattern[bytes] | None:
    """E-mail addresses, and phone numbers with anything but digits between their digits."""
    words = [re.escape(value) for value, _ in known.emails]
    words += [r"[^0-9\n]{0,3}".join(tail) for tail in known.phone_tails() if tail]
    return re.compile("|".join(words).encode(), re.IGNORECASE) if words else None


def _names(path: Path, pattern: re.Pattern[bytes]) -> bool:
    """Whether a file names the person anywhere, packed or not, in whatever encoding of Latin letters."""
    if not path.exists():
        return False
    for read in _contents(path):
        tail = b""
        while block := read(_BLOCK):
            text = (tail + block).replace(b"\x00", b"")  # UTF-16 is Latin with zeros between
            if pattern.search(text):
                return True
            tail = block[-_OVERLAP:]
    return False


def _contents(path: Path) -> Iterator[Callable[[int], bytes]]:
    import gzip

    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if packed:
        with gzip.open(path) as unpacked:
            yield _until_torn(unpacked.read)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    yield _until_torn(member.read)
    else:
        with path.open("rb") as file:
            yield file.read


def _until_torn(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """A packed file that is cut short ends where it is cut."""

    def until(size: int) -> bytes:
        try:
            return read(size)
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile):
            return b""

    return until


def _without(path: Path, known: Known) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    left = 0
    csv.field_size_limit(1 << 24)
    with (
        path.open(encoding="utf-8-sig", newline="") as source,
        os.fdopen(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline=""
        ) as out,
    ):
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, row in enumerate(csv.reader(source)):
            if number and known.named_in(" ".join(row)):
                left += 1
            else:
                writer.writerow(row)
    if left:
        draft.replace(path)
    else:
        draft.unlink()
