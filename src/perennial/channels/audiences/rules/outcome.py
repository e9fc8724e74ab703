"""What is asked of a mailing service and what it answered, in words that all services share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

REASON = 200  # letters of a service's own words that are kept


class Stopped(Exception):  # no error of ours: nothing more is to be asked for now
    """The service does nothing more for now. ``reason``: in its own words.

    ``done``: what it had done before, of the rows of the same call. ``asked``: rows of which nobody knows whether it
    took them in, for their call failed; nothing was asked for the others.
    """

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(f"{code}: {reason}" if reason else code)
        self.code, self.reason = code, reason[:REASON]
        self.done: list[Outcome] = []
        self.asked: frozenset[int] = frozenset()


class Later(Stopped):
    """Nothing more is to be asked before ``seconds`` have passed (None: as long as usual).

    ``trouble``: the call itself failed, so that one of its members may be the cause; not when the service is busy.
    """

    def __init__(self, reason: str, seconds: float | None = None, *, trouble: bool = False) -> None:
        super().__init__("later", reason)
        self.seconds, self.trouble = seconds, trouble


class Denied(Stopped):
    """The service refuses whatever is asked: a wrong key (``code``), no such list. Somebody has to mend it."""


@dataclass(frozen=True, slots=True)
class Put:
    """Somebody to be there with these values. ``there``: what we know of them at the service (`rules.plan`)."""

    row: int
    address: str
    key: str
    values: Mapping[str, str]
    there: str


@dataclass(frozen=True, slots=True)
class Take:
    """Somebody to be taken back: ``how`` untag, archive or forget."""

    row: int
    address: str
    key: str
    how: Literal["untag", "archive", "forget"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: ``there`` afterwards; ``refused`` in the service's own words ("": done).

    ``barred``: no use in asking again, only they themselves can change it.
    """

    row: int
    there: str
    refused: str = ""
    barred: bool = False


class Service(Protocol):
    """A list at a mailing service. Calls raise Later and Denied; all may be repeated without harm."""

    most: int

    def look(self) -> str:
        """The name of the list at the service: whether it answers, and to this key."""
        ...

    def prepare(self) -> None:
        """Look whether the list is there, and have its fields."""
        ...

    def put(self, members: Sequence[Put]) -> list[Outcome]:
        """Have these members there with their values: at most ``most``."""
        ...

    def take(self, members: Sequence[Take]) -> list[Outcome]:
        """Take these back."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@contextmanager
def asking(rows: Iterable[int]) -> Iterator[None]:
    """Around a call: where it fails, nobody knows whether the service took these rows in."""
    try:
        yield
    except Stopped as stopped:
        if isinstance(stopped, Later) and stopped.trouble:
            stopped.asked = frozenset(rows)
        raise


def plain(text: object, address: str = "") -> str:
    """A service's own words as they may be kept: one line, without the member's address."""
    line = " ".join(str(text or "").split())
    if address:
        line = line.replace(address, "…").replace(address.lower(), "…")
    return line[:REASON]
