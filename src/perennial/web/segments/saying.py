"""A rule in a plain sentence, and the segments to start from: the one place where pages ask for either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from perennial.segments.rules.rule import Rule

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_SENTENCES, _READY = "perennial.web.segments.sentence", "perennial.segments.rules.ready"


def said(desk: Desk, rule: Rule, names: Mapping[str, str]) -> str:
    """The rule as a sentence in the reader's language; ``names``: titles of segments by key."""
    if find_spec(_SENTENCES) is None:
        return rule.text()
    told: str = import_module(_SENTENCES).sentence(rule, desk.words, desk.format, desk.brand.currency, names)
    return told


def ready() -> Sequence[Any]:
    """Segments to start from, each with ``key``, ``title``, ``purpose``, ``rule`` (text) and ``tactics``."""
    found: Sequence[Any] = import_module(_READY).READY if find_spec(_READY) is not None else ()
    return found
