"""Kinds of documents with their schemas, and the registry of the kinds that this installation knows.

Kinds come from entry points of the group ``perennial.kinds``, ours and those of plug-ins alike:

    [project.entry-points."perennial.kinds"]
    reporting = "perennial.facts.rules.reporting:KIND"

The name of the entry point is the name of the kind. Importing a module registers nothing.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, Generic

from perennial.documents.rules.body import B, Body, Names, Problem, Refused, closest, validate

GROUP = "perennial.kinds"
# Sorts of names that bodies may name and that are entry points of a group: the name of each is what is named.
NAMES: Mapping[str, str] = MappingProxyType({"score": "perennial.scores"})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

Upgrader = Callable[[dict[str, Any]], dict[str, Any]]
"""Pure: the body of one schema as a body of the next."""


def _no_check(body: Any, names: Names) -> Iterable[Problem]:  # noqa: ARG001  # any kind's body
    return ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[B]):
    """A kind of document: its ``name``, what it is for in one line, and what its bodies may say.

    ``body`` is the schema in force; ``older`` are all earlier released ones, first first, and
    ``upgraders[n]`` turns a body of schema n + 1 into one of n + 2. ``check`` tells problems that a schema
    cannot (asked at saving, never at reading, so it may become stricter without breaking what is stored).
    ``among`` tells those of a body (by its key) beside the brand's other documents of the kind that are not
    retired, the newest version of each; None: they do not concern each other.
    """

    name: str
    title: str
    body: type[B]
    older: tuple[type[Body], ...] = ()
    upgraders: tuple[Upgrader, ...] = ()
    check: Callable[[B, Names], Iterable[Problem]] = _no_check
    among: Callable[[str, B, Mapping[str, B]], Iterable[Problem]] | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a kind: write small letters, digits and _")
        if len(self.older) != len(self.upgraders):
            raise ValueError(
                f"kind {self.name}: {len(self.older)} older schemas need as many upgraders, not {len(self.upgraders)}"
            )

    @property
    def schema(self) -> int:
        """The number of the schema in force, from 1."""
        return len(self.older) + 1

    @property
    def schemas(self) -> tuple[type[Body], ...]:
        """All released schemas, first first."""
        return (*self.older, self.body)

    def prepare(self, body: object, names: Names, *, what: str = "", schema: int | None = None) -> B:
        """``body`` of ``schema`` (None: the one in force) as it may be saved now.

        Raises Refused naming every wrong place, in the schema in which the author wrote.
        """
        what, schema = what or self.name, schema or self.schema
        self._known(schema, what)
        if schema < self.schema:
            given = validate(self.schemas[schema - 1], body, what=what, names=names)
            body = self._upgraded(given.content(), schema)
        ready = validate(self.body, body, what=what, names=names)
        problems = tuple(self.check(ready, names))
        if problems:
            raise Refused(what, problems)
        return ready

    def read(self, body: Mapping[str, Any], schema: int, *, what: str = "") -> B:
        """A stored ``body`` of any released ``schema``, upgraded to the one in force."""
        what = what or self.name
        self._known(schema, what)
        return validate(self.body, self._upgraded(dict(body), schema), what=what)

    def _upgraded(self, body: dict[str, Any], schema: int) -> dict[str, Any]:
        for upgrade in self.upgraders[schema - 1 :]:
            body = upgrade(copy.deepcopy(body))  # an upgrader that changes its argument harms nobody
        return body

    def _known(self, schema: int, what: str) -> None:
        if schema > self.schema:
            raise Refused(
                what,
                [Problem("schema", f"{schema} is newer than this installation knows ({self.schema}): upgrade it")],
            )
        if schema < 1:
            raise Refused(what, [Problem("schema", f"schemas count from 1, not {schema}")])


@dataclass(frozen=True, slots=True)
class Registry:
    """The kinds and names of one installation."""

    kinds: Mapping[str, Kind[Any]] = field(default_factory=dict)
    names: Names = field(default_factory=dict)

    @classmethod
    def of(cls, kinds: Iterable[Kind[Any]], names: Names | None = None) -> Registry:
        """A registry of ``kinds``; ValueError where two have one name."""
        known: dict[str, Kind[Any]] = {}
        for kind in kinds:
            if kind.name in known:
                raise ValueError(f"two kinds of document are called {kind.name!r}: rename or uninstall one")
            known[kind.name] = kind
        return cls(known, {sort: frozenset(given) for sort, given in (names or {}).items()})

    def kind(self, name: str, what: str = "") -> Kind[Any]:
        """The kind of this ``name``; Refused with a remedy if there is none."""
        if name in self.kinds:
            return self.kinds[name]
        hint = f"there is no kind {name!r}{closest(name, self.kinds)}; a plug-in may be missing"
        raise Refused(what or "the document", [Problem("kind", hint)])


class PluginBroken(RuntimeError):
    """An installed distribution offers something that cannot be used."""


def discover() -> tuple[Kind[Any], ...]:
    """The kinds of all installed distributions, by name. Raises PluginBroken naming the one at fault."""
    found: dict[str, tuple[str, Kind[Any]]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        giver, kind = _giver(entry), _load(entry)
        if entry.name in found and found[entry.name][1] is not kind:
            raise PluginBroken(
                f"{found[entry.name][0]} and {giver} both offer the kind {entry.name!r}: uninstall one of them"
            )
        found[entry.name] = (giver, kind)
    return tuple(kind for _, kind in found.values())


def _giver(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unknown distribution"


def _load(entry: EntryPoint) -> Kind[Any]:
    offer = f"{_giver(entry)} offers the kind {entry.name!r} as {entry.value}"
    try:
        kind = entry.load()
    except Exception as error:  # a plug-in's import may raise anything
        raise PluginBroken(f"{offer}, which cannot be loaded ({error}): upgrade or uninstall it") from error
    if not isinstance(kind, Kind):
        raise PluginBroken(f"{offer}, which is no Kind: upgrade or uninstall it")
    if kind.name != entry.name:
        raise PluginBroken(f"{offer}, but the kind calls itself {kind.name!r}: upgrade or uninstall it")
    return kind


_installed: Registry | None = None


def install(registry: Registry | None) -> Registry | None:
    """Let this process know what ``registry`` knows, from now on; gives back the one that stood before.

    Called at start-up, with the discovered kinds and the names that rooms declare.
    """
    global _installed  # one registry per process, set at start-up
    before, _installed = _installed, registry
    return before


def installed() -> Registry:
    """The registry of this process; where none was installed, the discovered kinds, and the names of `NAMES`."""
    if _installed is None:
        named = {sort: [entry.name for entry in entry_points(group=group)] for sort, group in NAMES.items()}
        install(Registry.of(discover(), named))
    assert _installed is not None  # noqa: S101  # just set
    return _installed
