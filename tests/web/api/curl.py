"""A call as it stands in the docs, for a terminal, taken apart."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """``headers`` as Django's test client names them, without those that every call has."""

    path: str = ""
    method: str = "GET"
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


def calls(text: str) -> list[Call]:
    """Every call of a block of commands."""
    made: list[Call] = []
    words = iter(shlex.split(text.replace("\\\n", " ")))
    for word in words:
        if word == "curl":
            made.append(Call())
        elif word == "-X":
            made[-1].method = next(words)
        elif word == "-d":
            made[-1].body = json.loads(next(words))
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            if name == "Authorization":
                made[-1].key = value.removeprefix("Bearer ")
            elif name != "Content-Type":
                made[-1].headers[name.lower().replace("-", "_")] = value
        else:
            made[-1].path = word.partition("/api/v1")[2]
    return made
