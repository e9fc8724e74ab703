"""A rule in a plain sentence, and the segments to start from: the one place where pages ask for either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perennial.segments.rules.ready import READY
from perennial.segments.rules.rule import Rule
from perennial.web.segments.ready_words import READY as WORDS
from perennial.web.segments.sentence import sentence

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk


@dataclass(frozen=True, slots=True)
class Offered:
    """A segment to start from, in the reader's language; ``tactics``: the tactics that name it, such as T12."""

    key: str
    title: str
    purpose: str
    rule: Rule
    tactics: tuple[str, ...]


def said(desk: Desk, rule: Rule, names: Mapping[str, str]) -> str:
    """The rule as a sentence in the reader's language; ``names``: titles of segments by key."""
    called = {f"segment:{key}": title for key, title in names.items()}
    return sentence(rule, desk.words, desk.format, desk.brand.currency, called)


def ready(desk: Desk) -> list[Offered]:
    """Those that are offered, in their order."""
    found = []
    for key, one in READY.items():
        title, purpose = WORDS[key]
        found.append(Offered(key, desk.words.text(title), desk.words.text(purpose), one.rule(), one.tactics))
    return found
