"""Plain, gzip or zip, told by content and never by name: a stream of decompressed bytes in bounded memory."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from perennial.stores.csv.parser.faults import Fault, Unreadable
from perennial.values.reason import Reason

CHUNK = 1 << 20
# What people hand over by mistake, by its first bytes.
_OTHERS = (
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


class Cut(Exception):
    """The stream broke off; every byte before the break has been yielded."""

    def __init__(self, kind: str, problem: str, *, early: bool) -> None:
        super().__init__(problem)
        self.kind, self.problem, self.early = kind, problem, early


@dataclass(frozen=True)
class Container:
    """A file and the parts with rows in it. ``names`` are what errors call them."""

    path: Path
    kind: str
    names: tuple[str, ...]
    members: tuple[str, ...]

    def chunks(self, member: int, skip: int = 0) -> Iterator[bytes]:
        """The decompressed bytes of a part, from ``skip`` on. Raises `Cut` where the stream breaks off."""
        if self.kind == "plain":
            yield from _plain(self.path, skip)
        elif self.kind == "gzip":
            yield from _skipping(_gunzip(self.path), skip)
        else:
            yield from _skipping(_unzip(self.path, self.members[member]), skip)


def open_container(path: Path) -> Container:
    """Look at the first bytes; `Unreadable` for what is no CSV, plain or packed."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise Unreadable(Fault(str(path), 0, "", Reason.of("csv.empty")))
    if head.startswith(b"\x1f\x8b"):
        return Container(path, "gzip", (str(path),), ("",))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_zip(path)
    kind = _other(head)
    if kind:
        raise Unreadable(Fault(str(path), 0, "", Reason.of("csv.not_csv", kind=kind)))
    return Container(path, "plain", (str(path),), ("",))


def _other(head: bytes) -> str:
    for magic, kind in _OTHERS:
        if head.startswith(magic):
            return kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page or XML file"
    if text.startswith((b"{", b"[{")):
        return "a JSON file"
    return ""


def _open_zip(path: Path) -> Container:
    def bad(code: str, **params: str | int) -> Unreadable:
        return Unreadable(Fault(str(path), 0, "", Reason.of(code, **params)))

    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise bad("csv.broken_container", kind="zip", done=0, problem=str(error)) from error
    if any(info.filename in ("[Content_Types].xml", "mimetype") for info in infos):
        raise bad("csv.not_csv", kind="a spreadsheet")
    members = []
    for info in infos:
        name = info.filename
        hidden = name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")
        if info.is_dir() or hidden or info.file_size == 0:
            continue
        if info.flag_bits & 0x1:
            raise bad("csv.encrypted")
        members.append(name)
    if not members:
        raise bad("csv.empty")
    members.sort()
    return Container(path, "zip", tuple(f"{path}:{name}" for name in members), tuple(members))


def _plain(path: Path, skip: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(skip)
        while chunk := file.read(CHUNK):
            yield chunk


def _gunzip(path: Path) -> Iterator[bytes]:
    """All members of a gzip file, one after the other; zero padding at the end is allowed.

    Inflated without zlib's own gzip reading, which at a wrong check sum loses what it has just unpacked.
    """
    done = 0
    with path.open("rb") as file:
        while True:
            if not _gzip_member(file, done):
                return
            machine, total, size = zlib.decompressobj(-15), 0, 0
            while not machine.eof:
                data = machine.unconsumed_tail or file.read(CHUNK >> 2)
                if not data:
                    raise Cut("gzip", f"the end is missing after {done} bytes", early=True)
                try:
                    out = machine.decompress(data, CHUNK)
                except zlib.error as error:
                    raise Cut("gzip", f"{error} after {done} bytes", early=False) from error
                if out:
                    total, size, done = zlib.crc32(out, total), size + len(out), done + len(out)
                    yield out
            file.seek(-len(machine.unused_data), io.SEEK_CUR)
            trailer = file.read(8)
            if len(trailer) < 8:
                raise Cut("gzip", f"the end is missing after {done} bytes", early=True)
            if trailer != total.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"):
                raise Cut("gzip", f"the check sum is wrong after {done} bytes", early=False)


def _gzip_member(file: BinaryIO, done: int) -> bool:
    """Read the header of the next member; False at the end of the file. RFC 1952."""
    head = file.read(10)
    if not head.strip(b"\0"):
        rest = file.read(CHUNK)
        while rest and not rest.strip(b"\0"):
            rest = file.read(CHUNK)
        if not rest:
            return False
        raise Cut("gzip", f"something else follows after {done} bytes", early=False)
    if not head.startswith(b"\x1f\x8b\x08"):
        raise Cut("gzip", f"something else follows after {done} bytes", early=False)
    flags = head[3] if len(head) == 10 else 0
    if flags & 4:
        file.read(int.from_bytes(file.read(2), "little"))
    for flag in (8, 16):
        while flags & flag and file.read(1) not in (b"\0", b""):
            continue
    if flags & 2:
        file.read(2)
    return True


def _unzip(path: Path, member: str) -> Iterator[bytes]:
    done = 0
    with zipfile.ZipFile(path) as archive:
        try:
            with archive.open(member) as file:
                while chunk := file.read(CHUNK):
                    done += len(chunk)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            early = isinstance(error, EOFError)
            raise Cut("zip", f"{error or 'the end is missing'} after {done} bytes", early=early) from error


def _skipping(chunks: Iterator[bytes], skip: int) -> Iterator[bytes]:
    for chunk in chunks:
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        yield chunk[skip:] if skip else chunk
        skip = 0


def head_of(container: Container, member: int, size: int) -> bytes:
    """The first ``size`` bytes of a part, fewer where it ends or breaks off."""
    out = io.BytesIO()
    # The rows before a break are worth reading; the reader reports the break itself when it gets there.
    with contextlib.suppress(Cut):
        for chunk in container.chunks(member):
            out.write(chunk)
            if out.tell() >= size:
                break
    return out.getvalue()[:size]
