"""A rule in a plain sentence, and the segments to start from: the one place where pages ask for either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from perennial.segments.rules.rule import Rule

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_SENTENCES = "perennial.web.segments.sentence"
_READY, _READY_WORDS = "perennial.segments.rules.ready", "perennial.web.segments.ready_words"


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
    if find_spec(_SENTENCES) is None:
        return rule.text()
    called = {f"segment:{key}": title for key, title in names.items()}
    told: str = import_module(_SENTENCES).sentence(rule, desk.words, desk.format, desk.brand.currency, called)
    return told


def ready(desk: Desk) -> list[Offered]:
    """Those that are offered, in their order."""
    if find_spec(_READY) is None or find_spec(_READY_WORDS) is None:
        return []
    words: Mapping[str, tuple[str, str]] = import_module(_READY_WORDS).READY
    found = []
    for key, one in import_module(_READY).READY.items():
        title, purpose = words[key]
        found.append(Offered(key, desk.words.text(title), desk.words.text(purpose), one.rule(), one.tactics))
    return found
