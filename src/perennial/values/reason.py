"""Why something was decided: a code with its parameters, never a finished sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` is dotted ("gate.no_consent"); ``params`` are sorted pairs, without personal data.

    The sentence a person reads is made from the code in the reader's language.
    """

    code: str
    params: tuple[tuple[str, str | int | bool], ...] = ()

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"{self.code!r} is no reason code: write room.what_happened in small letters")
        object.__setattr__(self, "params", tuple(sorted(self.params)))

    @classmethod
    def of(cls, code: str, **params: str | int | bool) -> Reason:
        """A reason with its parameters in canonical order."""
        return cls(code, tuple(params.items()))

    def as_json(self) -> dict[str, object]:
        """The stored form."""
        return {"code": self.code, **({"params": dict(self.params)} if self.params else {})}


class Refused(ValueError):
    """Something was not done: a sentence for whoever maintains it, and ``reason`` for the reader's own language.

    Told to whoever asked, and stored nowhere: what they typed may be in it.
    """

    def __init__(self, sentence: str, code: str, **params: str | int) -> None:
        super().__init__(sentence)
        self.reason = Reason.of(code, **params)


def named(error: BaseException, limit: int = 200) -> str:
    """What may be stored or logged of an error: its kind and first line.

    The lines behind it repeat the values that were wrong (PostgreSQL's DETAIL, pydantic's input): they may
    hold somebody's address.
    """
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:limit]
