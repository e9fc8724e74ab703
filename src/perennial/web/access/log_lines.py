"""What log lines must not hold: sign-in tokens, keys, addresses. Log files are read by more people than the desk."""

from __future__ import annotations

import logging
import re

_HIDDEN = "…"
# (what is hidden, by what): a token that lets somebody in; a key; an address, plain or as in a path.
_RULES = (
    (re.compile(r"(/sign-in/)[^/\s\"']+"), rf"\1{_HIDDEN}"),
    (re.compile(r"\b(p[sp]k_[a-z]{8})_[\w-]+"), rf"\1_{_HIDDEN}"),
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), _HIDDEN),
)
# Part of a path that nobody could remember is signed or secret, whatever page it is of.
_SECRET = re.compile(r"(?<=/)(?=[^/]*[A-Z])(?=[^/]*[a-z])(?=[^/]*[0-9])[\w=:.~-]{24,}(?=/|$)")


def cleaned(text: str) -> str:
    """The text without what would let somebody in, or say who was looked for."""
    for pattern, by in _RULES:
        text = pattern.sub(by, text)
    return text


class Discreet(logging.Filter):
    """Cleans a record before it is written: the message, what fills it in, and the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, cleaned."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                _SECRET.sub(_HIDDEN, arg) if isinstance(arg, str) and arg.startswith("/") else arg
                for arg in record.args
            )
        record.msg, record.args = cleaned(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            # A formatter takes this text where there is one: databases quote the row that they refused.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = cleaned(record.exc_text)
        return True
