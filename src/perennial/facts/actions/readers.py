"""The table of readers of this process, handed down by `work` at start-up."""

from __future__ import annotations

from collections.abc import Iterable

from perennial.facts.rules.readers import Reader, check

_installed: tuple[Reader, ...] = ()


def install(readers: Iterable[Reader]) -> tuple[Reader, ...]:
    """Let `record` write rows for ``readers`` from now on; gives back the table that stood before."""
    global _installed  # one table per process, set at start-up
    before, _installed = _installed, check(readers)
    return before


def installed() -> tuple[Reader, ...]:
    """The readers for which `record` writes rows."""
    return _installed
