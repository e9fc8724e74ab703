"""Which encoding a file is in, decided on the evidence of its bytes, and the stream as UTF-8.

Deliberately few answers: a byte order mark, UTF-16 by its zero bytes, UTF-8 where most lines with foreign
letters are valid in it, else Windows-1252 (Latin-1 where a byte has no meaning in that). Anything else has
to be said by the user; a statistical guess would be wrong in silence.
"""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from perennial.stores.csv.parser.containers import Container, Cut
from perennial.values.reason import Reason

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How far to look for the first letters beyond ASCII, and how much of them to weigh.
LOOK, WEIGH = 16 << 20, 1 << 18
_ASCII = Reason.of("guess.ascii")
_NO_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


@dataclass(frozen=True, slots=True)
class Encoding:
    """``name`` as Python knows it, bytes of the mark to skip, why, and what is doubtful about it."""

    name: str
    mark: int = 0
    evidence: Reason = _ASCII
    doubt: Reason | None = None
    # Files of old Macs end lines with CR alone.
    cr_lines: bool = False


def detect(container: Container, member: int, forced: str | None = None) -> Encoding:
    """The encoding of a part of a file. ``forced``: what the user said; LookupError if there is no such."""
    sample = b""
    foreign: list[bytes] = []
    seen = weighed = 0
    with contextlib.suppress(Cut):
        for chunk in container.chunks(member):
            if not sample:
                sample = chunk[: 1 << 16]
                if forced or _marked(sample) or _wide(sample):
                    break
            seen += len(chunk)
            if not chunk.isascii():
                lines = [line for line in chunk.split(b"\n")[1:-1] or [chunk] if not line.isascii()]
                for line in lines[:2000]:
                    foreign.append(line[:4096])
                    weighed += len(foreign[-1])
            if seen >= LOOK or weighed >= WEIGH:
                break
    found = _decide(sample, foreign, forced)
    newline, cr = ("\n".encode(found.name), "\r".encode(found.name)) if found.name else (b"\n", b"\r")
    if newline not in sample and cr in sample:
        return Encoding(found.name, found.mark, found.evidence, found.doubt, cr_lines=True)
    return found


def _marked(sample: bytes) -> tuple[str, int] | None:
    return next(((name, len(mark)) for mark, name in _MARKS if sample.startswith(mark)), None)


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: in text of western letters every other byte is zero."""
    even, odd = sample[::2], sample[1::2]
    if len(odd) >= 4 and odd.count(0) > 0.3 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if len(odd) >= 4 and even.count(0) > 0.3 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return ""


def _decide(sample: bytes, foreign: list[bytes], forced: str | None) -> Encoding:
    marked = _marked(sample)
    if forced:
        name = codecs.lookup(forced).name
        mark = marked[1] if marked and marked[0].startswith(name.removesuffix("-sig")[:6]) else 0
        return Encoding("utf-8" if name == "utf-8-sig" else name, mark, Reason.of("guess.given"))
    if marked:
        return Encoding(*marked, evidence=Reason.of("guess.byte_order_mark"))
    if wide := _wide(sample):
        return Encoding(wide, 0, Reason.of("guess.wide"))
    if not foreign:
        return Encoding("utf-8", 0, _ASCII)
    valid = sum(1 for line in foreign if _is_utf8(line))
    if 2 * valid >= len(foreign):
        evidence = Reason.of("guess.utf8", lines=valid, of=len(foreign))
        doubt = None if valid == len(foreign) else Reason.of("doubt.other_encoding")
        return Encoding("utf-8", 0, evidence, doubt)
    name = "latin-1" if any(_NO_CP1252.intersection(line) for line in foreign) else "cp1252"
    label = {"latin-1": "Latin-1", "cp1252": "Windows-1252"}[name]
    return Encoding(
        name,
        0,
        Reason.of("guess.not_utf8", lines=len(foreign) - valid, of=len(foreign)),
        Reason.of("doubt.western", encoding=label),
    )


def _is_utf8(line: bytes) -> bool:
    # A chunk may begin or end inside a letter: the first and last bytes are forgiven.
    for start in range(min(4, len(line))):
        try:
            codecs.getincrementaldecoder("utf-8")().decode(line[start:])
        except UnicodeDecodeError:
            continue
        return True
    return False


def as_utf8(chunks: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    """The stream as UTF-8 with LF or CRLF lines.

    UTF-8 is passed on unchecked (the reader checks line by line). What is not valid in another encoding
    comes out as bytes that are not UTF-8, so that the reader rejects the line it stands in.
    """
    if encoding.name in ("utf-8", "ascii"):
        yield from _with_lines(chunks, encoding)
        return
    decoder = codecs.getincrementaldecoder(encoding.name)(_MARKED)
    for chunk in chunks:
        text = decoder.decode(chunk)
        yield from _with_lines(iter((_encode(text),)), encoding)
    yield from _with_lines(iter((_encode(decoder.decode(b"", final=True)),)), encoding)


def _mark(error: UnicodeError) -> tuple[str, int]:
    """A lone surrogate for what cannot be decoded: `_encode` turns it into bytes that no UTF-8 reader accepts."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 (the handler is used for decoding only)
    return "\udcff", error.end


_MARKED = "perennial.marked"
codecs.register_error(_MARKED, _mark)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with_lines(chunks: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    for chunk in chunks:
        if chunk:
            yield chunk.replace(b"\r", b"\n") if encoding.cr_lines else chunk
