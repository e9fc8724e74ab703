"""How the text of a rule changed from one version to another, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

_WORD = re.compile(r'"(?:\\.|[^"\\])*"|[\w.]+|\s+|[<>=!]+|.', re.DOTALL)
Part = tuple[Literal["same", "out", "in"], str]
MOST = 4_000  # words: beyond it the two are told whole


def difference(old: str, new: str) -> list[Part]:
    """What stayed, what was taken out, what was put in; together, in order."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if len(before) + len(after) > MOST:
        return [("same", new)] if old == new else [("out", old), ("in", new)]
    return list(_parts(before, after))


def _parts(before: list[str], after: list[str]) -> Iterator[Part]:
    for verb, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if verb == "equal":
            yield "same", "".join(before[i:i_end])
            continue
        if i < i_end:
            yield "out", "".join(before[i:i_end])
        if j < j_end:
            yield "in", "".join(after[j:j_end])
