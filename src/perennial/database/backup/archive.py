"""The file of a back-up: a gzipped tar whose last member holds the SHA-256 of every other.

First ``manifest.json`` (format, version, when, which database), then what it names, last ``checksums.json``.
It is written beside its place and renamed when it is whole and on the disk: a file under its own name is a
whole back-up. Readable by its owner alone: it holds customers' names and the key that signs links.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from perennial.database.backup.in_place import to_disk

FORMAT = 1
MANIFEST, CHECKSUMS = "manifest.json", "checksums.json"
_LEVEL = 3  # of gzip: three times as quick as the default, files a tenth larger
_BLOCK = 1 << 20
_CUT = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)


class Damaged(ValueError):
    """The file is no whole back-up."""


class Readable(Protocol):
    """What members are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end."""
        ...


class _Hashed:
    """Reads through, keeping the sum."""

    def __init__(self, file: Readable, told: Callable[[int], None]) -> None:
        self._file, self._told, self.sum = file, told, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self.sum.update(data)
        self._told(len(data))
        return data


class Writer:
    """Use as a context: what leaves it without an error becomes the file, anything else leaves nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        self._sums: dict[str, str] = {}

    def __enter__(self) -> Writer:
        handle = os.open(self.draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._gzip = gzip.GzipFile(filename="", fileobj=self._file, mode="wb", compresslevel=_LEVEL)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)
        return self

    def add(self, name: str, size: int, source: Readable, told: Callable[[int], None] = lambda _: None) -> None:
        """Add a member of ``size`` bytes; ``told`` hears of each piece."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        hashed = _Hashed(source, told)
        self._tar.addfile(entry, hashed)
        self._sums[name] = hashed.sum.hexdigest()

    def add_text(self, name: str, text: str) -> None:
        """Add a short member."""
        data = text.encode()
        self.add(name, len(data), io.BytesIO(data))

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self.add_text(CHECKSUMS, json.dumps(self._sums))
                self._tar.close()
                self._gzip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self.draft.replace(self._path)
                to_disk(self._path.parent)
        finally:
            # What is half written is closed too, or it would try to write its end when it is forgotten.
            for part in (self._tar, self._gzip, self._file):
                with suppress(OSError):
                    part.close()
            self.draft.unlink(missing_ok=True)


def verify(path: Path, told: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Read a back-up to its end and compare every sum; gives back its manifest. Raises Damaged."""
    try:
        return _verified(path, told)
    except _CUT as error:
        raise Damaged(f"{path.name} is no whole back-up of Perennial ({error})") from None


def _verified(path: Path, told: Callable[[int], None]) -> dict[str, Any]:
    sums: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    stated: dict[str, str] | None = None
    for name, file in members(path):
        if stated is not None:
            raise Damaged(f"{path.name}: something stands behind its end")
        if name in (MANIFEST, CHECKSUMS):
            data = file.read()
            sums[name] = hashlib.sha256(data).hexdigest()
            if name == CHECKSUMS:
                stated = _json(path, data)
            else:
                manifest = _json(path, data)
                _known(path, manifest)
            continue
        total = hashlib.sha256()
        while block := file.read(_BLOCK):
            total.update(block)
            told(len(block))
        sums[name] = total.hexdigest()
    sums.pop(CHECKSUMS, None)
    if stated is None or not manifest:
        raise Damaged(f"{path.name} is cut short: it has no end")
    if wrong := sorted(name for name in {*sums, *stated} if sums.get(name) != stated.get(name)):
        raise Damaged(f"{path.name}: {wrong[0]} is not what it was when the back-up was made")
    return manifest


def _json(path: Path, data: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(data)
    except ValueError:
        raise Damaged(f"{path.name}: what it says of itself cannot be read") from None
    return found


def _known(path: Path, manifest: dict[str, Any]) -> None:
    if manifest.get("format") != FORMAT:
        raise Damaged(f"{path.name} has format {manifest.get('format')!r}, this version reads {FORMAT}")


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and bytes of each member, in the order of the file; each is to be read before the next."""
    with gzip.open(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
        for entry in tar:
            file = tar.extractfile(entry) if entry.isreg() else None
            if file is None:
                raise Damaged(f"{path.name}: {entry.name} is no file")
            yield entry.name, file
