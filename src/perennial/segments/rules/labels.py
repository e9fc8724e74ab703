"""Sorts of labels, and which room puts them: the registry of this installation.

A label is ``sort:name``, such as ``tier:gold``. Sorts come from entry points of the group ``perennial.labels``,
ours and those of plug-ins alike:

    [project.entry-points."perennial.labels"]
    tier = "perennial.loyalty.rules.tiers:LABELS"

The name of the entry point is the sort's prefix. Importing a module registers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from perennial.documents.rules.body import closest
from perennial.documents.rules.kinds import PluginBroken
from perennial.values.reason import Refused

GROUP = "perennial.labels"
_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NAME = re.compile(r"([a-z][a-z0-9_]*):[a-z0-9][a-z0-9_-]*")
_LONGEST = 64
SEGMENT = "segment"  # who is in a segment says its rule: nobody puts that label


@dataclass(frozen=True, slots=True)
class LabelSort:
    """A sort of labels: its ``prefix``, the room that ``put_by`` it (no other may), its ``title`` in one line."""

    prefix: str
    put_by: str
    title: str

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix) or self.prefix == SEGMENT:
            raise ValueError(f"{self.prefix!r} is no sort of labels: write small letters, digits and _, not 'segment'")
        if not 0 < len(self.put_by) <= 32:
            raise ValueError(f"labels {self.prefix}: say in 1 to 32 letters which room puts them")


def registry(sorts: Iterable[LabelSort]) -> Mapping[str, LabelSort]:
    """``sorts`` by prefix; ValueError where two have one."""
    known: dict[str, LabelSort] = {}
    for sort in sorts:
        if sort.prefix in known:
            raise ValueError(f"two sorts of labels are called {sort.prefix!r}: rename or uninstall one")
        known[sort.prefix] = sort
    return known


def check(name: str, put_by: str, sorts: Mapping[str, LabelSort]) -> None:
    """Whether a room may put or take a label. Raises Refused with the remedy."""
    match = _NAME.fullmatch(name)
    if match is None or len(name) > _LONGEST:
        raise Refused(f"{name!r} is no label: write sort:name, such as tier:gold", "label.name")
    sort = sorts.get(match[1])
    if sort is None:
        hint = closest(match[1], sorts)
        raise Refused(f"there is no sort of labels {match[1]!r}{hint}; a plug-in may be missing", "label.unknown_sort")
    if sort.put_by != put_by:
        raise Refused(f"labels {sort.prefix}: are put by {sort.put_by}, not by {put_by}", "label.of_another")


def discover() -> tuple[LabelSort, ...]:
    """The sorts of all installed distributions, by prefix. Raises PluginBroken naming the one at fault."""
    found: dict[str, tuple[str, LabelSort]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        giver, sort = entry.dist.name if entry.dist else "an unknown distribution", _load(entry)
        if entry.name in found and found[entry.name][1] != sort:
            raise PluginBroken(
                f"{found[entry.name][0]} and {giver} both offer the labels {entry.name!r}: uninstall one of them"
            )
        found[entry.name] = (giver, sort)
    return tuple(sort for _, sort in found.values())


def _load(entry: EntryPoint) -> LabelSort:
    giver = entry.dist.name if entry.dist else "an unknown distribution"
    offer = f"{giver} offers the labels {entry.name!r} as {entry.value}"
    try:
        sort = entry.load()
    except Exception as error:  # a plug-in's import may raise anything
        raise PluginBroken(f"{offer}, which cannot be loaded ({error}): upgrade or uninstall it") from error
    if not isinstance(sort, LabelSort):
        raise PluginBroken(f"{offer}, which is no LabelSort: upgrade or uninstall it")
    if sort.prefix != entry.name:
        raise PluginBroken(f"{offer}, but they call themselves {sort.prefix!r}: upgrade or uninstall it")
    return sort


_installed: Mapping[str, LabelSort] | None = None


def install(sorts: Iterable[LabelSort] | None) -> None:
    """Let this process know these sorts from now on; None: those that are discovered when next asked."""
    global _installed  # noqa: PLW0603  # one registry per process
    _installed = None if sorts is None else registry(sorts)


def installed() -> Mapping[str, LabelSort]:
    """The sorts of this process, by prefix; where none were installed, the discovered ones."""
    if _installed is None:
        install(discover())
    assert _installed is not None  # noqa: S101  # just set
    return _installed
