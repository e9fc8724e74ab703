"""What a handed-in file can be, and how somebody may say that it is to be read."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from perennial.stores.csv.mapping.dates import NAMES
from perennial.stores.csv.mapping.fields import FIELDS
from perennial.stores.csv.mapping.files import Mapping as MappingFile
from perennial.stores.csv.mapping.synonyms import missing
from perennial.values.money import check_currency
from perennial.values.time import zone as check_zone

# reading: somebody waits for the look at it; ready: it may be recorded; unclear: its columns must be told;
# refused: nothing in it can be used; queued, importing, done; stopped: by somebody, and it can go on.
LOOKING, READY, UNCLEAR, REFUSED = "reading", "ready", "unclear", "refused"
QUEUED, IMPORTING, DONE, STOPPED = "queued", "importing", "done", "stopped"
# A problem's code: somebody in the file was erased while it was imported, it goes as soon as that ends.
PARTING = "erased"
ACTIVE = (LOOKING, QUEUED, IMPORTING)
KEPT = timedelta(days=30)
UNPACKED = 20  # times the limit of an upload: what a packed file may become on disk
SEPARATORS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-15", "utf-16", "mac_roman")


class Unfit(ValueError):
    """An option that cannot be; ``field`` says which, ``code`` why."""

    def __init__(self, field_: str, code: str, **params: str) -> None:
        super().__init__(f"{field_}: {code}")
        self.field, self.code, self.params = field_, code, params


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read. Empty: as it is guessed. ``columns``: header name by field."""

    columns: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""
    decimal: str = ""
    currency: str = ""
    zone: str = ""
    encoding: str = ""
    delimiter: str = ""

    def as_json(self) -> dict[str, Any]:
        """The stored form: what was said, and nothing else."""
        said: dict[str, Any] = {name: getattr(self, name) for name in _WORDS if getattr(self, name)}
        return {**said, **({"columns": dict(self.columns)} if self.columns else {})}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Options:
        """Read what `as_json` wrote."""
        return cls(columns=stored.get("columns", {}), **{name: stored.get(name, "") for name in _WORDS})

    @property
    def mapping(self) -> MappingFile | None:
        """The mapping of the columns, where somebody told it."""
        if not self.columns:
            return None
        style = next((style for style in NAMES if style == self.dates), None)
        return MappingFile(self.columns, style, self.decimal or None)


_WORDS = ("dates", "decimal", "currency", "zone", "encoding", "delimiter")


def check(options: Options) -> Options:
    """The same options, tidied; `Unfit` for the first that cannot be."""
    for name, test in (("currency", check_currency), ("zone", check_zone)):
        said = getattr(options, name)
        if said:
            try:
                test(said)
            except ValueError as wrong:
                raise Unfit(name, f"unknown_{name}", text=said) from wrong
    for name, known in (("dates", NAMES), ("decimal", (".", ",")), ("delimiter", SEPARATORS)):
        said = getattr(options, name)
        if said and said not in known:
            raise Unfit(name, f"unknown_{name}", text=said)
    if options.encoding:
        try:
            codecs.lookup(options.encoding)
        except LookupError as wrong:
            raise Unfit("encoding", "unknown_encoding", text=options.encoding) from wrong
    if options.columns:
        for name in options.columns:
            if name not in FIELDS:
                raise Unfit(name, "unknown_field", text=name)
        lacks = missing(options.columns)
        if lacks:
            raise Unfit("columns", "columns_missing", text=lacks[0])
    return options
