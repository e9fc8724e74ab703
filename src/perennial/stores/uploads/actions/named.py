"""Whether a file names somebody, packed or not, in whatever encoding of Latin letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

from django.conf import settings

from perennial.stores.csv.parser.containers import CHUNK, Container, Cut, open_container
from perennial.stores.csv.parser.faults import Unreadable
from perennial.stores.uploads.rules import UNPACKED

_OVERLAP = 512


class Unsearchable(ValueError):
    """The file is locked, damaged, no table, or unpacks to more than may be: nobody can tell whom it names."""


def names(path: Path, pattern: re.Pattern[bytes], *, packed: bool = True) -> bool:
    """Whether an order file matches anywhere, up to where it is cut. `Unsearchable`.

    ``packed`` False: a packed one is not looked into.
    """
    try:
        container = open_container(path)
    except Unreadable as problem:
        raise Unsearchable from problem
    if container.kind == "plain":
        return holds(path, pattern)
    if not packed:
        raise Unsearchable
    if container.kind == "zip":
        with ZipFile(path) as archive:  # with what imports pass over: hidden parts, notes of the packing machine
            container = replace(container, members=tuple(info.filename for info in archive.infolist()))
    left = [settings.PERENNIAL_UPLOAD_MB * UNPACKED << 20]
    return any(_search(_unpacked(container, part, left), pattern) for part in range(len(container.members)))


def holds(path: Path, pattern: re.Pattern[bytes]) -> bool:
    """Whether the bytes of a file match anywhere, as they stand."""
    with path.open("rb") as file:
        return _search(iter(lambda: file.read(CHUNK), b""), pattern)


def _unpacked(container: Container, part: int, left: list[int]) -> Iterator[bytes]:
    """A part's bytes up to where it is cut; ``left``: how many more of the whole file may be looked at."""
    anything = False
    try:
        for chunk in container.chunks(part):
            anything = True
            left[0] -= len(chunk)
            if left[0] < 0:
                raise Unsearchable
            yield chunk
    except Cut as problem:
        if not anything:
            raise Unsearchable from problem


def _search(chunks: Iterable[bytes], pattern: re.Pattern[bytes]) -> bool:
    tail = b""
    for chunk in chunks:
        text = tail + chunk.replace(b"\x00", b"")  # UTF-16 is Latin with zeros between
        if pattern.search(text):
            return True
        tail = text[-_OVERLAP:]
    return False
