"""Order exports as CSV, read by the file door into tables; what was wrong with them; masked customers.

Names and addresses of customers do not go into the tables. What a list of customers shows of them is masked
here, unless the caller wants it whole: the shop's own customer number stays, of an e-mail address two signs and the
initials of its domain, of a telephone three digits, of a name its initials.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.lab.faults import Unopened
from perennial.lab.shop import Problem
from perennial.values.reason import Reason

if TYPE_CHECKING:
    from perennial.stores.csv.mapping.files import Mapping as MappingFile
    from perennial.stores.csv.mapping.report import ImportReport
    from perennial.stores.csv.mapping.source import Source
    from perennial.stores.csv.parser.reader import Block

_LOOKED_AT = 1000  # faults that are sorted by kind; the number of all is counted


@dataclass(frozen=True)
class Read:
    """``views``: SQL by table. ``keys``: Parquet of customer_id and masked key; None: no customers named."""

    views: Mapping[str, str]
    zone: str
    currency: str
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    keys: Path | None


def read(
    paths: Sequence[Path],
    folder: Path,
    *,
    zone: str | None = None,
    currency: str | None = None,
    mapping: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    unmasked: bool = False,
) -> Read:
    """Read files of one layout as one log of orders. `Unopened` where nothing can be made of them."""
    from perennial.stores.csv.mapping.source import open_source
    from perennial.stores.csv.parser.faults import Unreadable

    path = paths[0] if len(paths) == 1 else _together(paths, folder)
    prefix = "" if len(paths) == 1 else f"{path}:"
    try:
        with open_source(path, mapping=_mapping(mapping), currency=currency, zone=zone) as source:
            people = _People(source)
            source.stage(lean=True, told=people.hear)
            shop = source.tables(folder / "tables")
            keys = people.keys(folder / "keys.parquet", unmasked=unmasked)
            counted = source.report()
            problems = (*_rejected(source, counted, prefix), *_doubtful(counted))
            return Read(
                shop.views,
                shop.zone,
                counted.currency,
                problems,
                tuple(source.guess.lines()),
                keys,
            )
    except Unreadable as wrong:
        text = str(wrong).replace(prefix, "") if prefix else str(wrong)
        place, _, rest = text.partition(": ")
        problem, _, remedy = rest.partition(". To mend it: ")
        raise Unopened(place, problem, remedy.rstrip(".")) from wrong


def _mapping(given: str | os.PathLike[str] | Mapping[str, Any] | None) -> MappingFile | None:
    from perennial.stores.csv.mapping.files import read_mapping

    if given is None:
        return None
    if isinstance(given, Mapping):
        import yaml

        columns = dict(given)
        return read_mapping(yaml.safe_dump(columns if "columns" in columns else {"columns": columns}))
    path = Path(given)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Unopened(path, "the mapping file cannot be read", "check its path; it is text in UTF-8") from wrong
    return read_mapping(text, str(path))


def _together(paths: Sequence[Path], folder: Path) -> Path:
    """Several files as the parts of one archive, which the door reads as one file."""
    import gzip

    whole = folder / "files.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for path in paths:
            with path.open("rb") as raw:
                packed = raw.read(2) == b"\x1f\x8b"
            name = path.name.removesuffix(".gz") if packed else path.name
            with gzip.open(path, "rb") if packed else path.open("rb") as source:
                try:
                    with archive.open(name if name.endswith(".csv") else f"{name}.csv", "w", force_zip64=True) as part:
                        shutil.copyfileobj(source, part, 1 << 20)
                except (OSError, EOFError) as wrong:
                    raise Unopened(path, f"the gzip is damaged: {wrong}", "copy or export it again") from wrong
    return whole


def _rejected(source: Source, counted: ImportReport, prefix: str) -> list[Problem]:
    faults = source.problems(_LOOKED_AT)
    kinds: Counter[str] = Counter(fault.reason.code for fault in faults)
    first = {fault.reason.code: fault for fault in reversed(faults)}
    found = []
    for code, count in kinds.most_common():
        fault = first[code]
        text = fault.message.replace(prefix, "") if prefix else fault.message
        found.append(Problem(Reason.of(code), count, text, fault.line, fault.column))
    more = counted.rejected - sum(kinds.values())
    if more > 0:
        found.append(Problem(Reason.of("lab.more_rejected"), more))
    return found


def _doubtful(counted: ImportReport) -> list[Problem]:
    """What is in the figures, or left out of them, and ought to be known."""
    found = {
        "lab.duplicates": counted.duplicate_rows,
        "lab.negative_orders": counted.negative_orders,
        "lab.unpaired_lines": counted.unpaired_lines,
        "lab.stock_rows": counted.stock_rows,
        "lab.fee_rows": counted.fee_rows,
    }
    return [Problem(Reason.of(code), count) for code, count in found.items() if count]


class _People:
    """Hears the blocks of a file and keeps where each customer's name first stands."""

    def __init__(self, source: Source) -> None:
        self._source = source
        found = source.guess.columns
        known = [(sign, found[name]) for sign, name in _NAMED if name in found]
        # As the file door does: a mere name counts only where there is nothing better.
        self._columns = [pair for pair in known if pair[0] != "n"] or known
        # A store of its own: that of the file door is busy while blocks arrive.
        import duckdb

        self._con = duckdb.connect()
        self._made = False

    def hear(self, block: Block) -> None:
        import pyarrow as pa

        if not self._columns or not block.table.num_rows:
            return
        con = self._con
        table = pa.table(
            {"pos": pa.array(block.lines + (block.end.member << 40), pa.int64())}
            | {sign: block.table[column] for sign, column in self._columns}
        )
        con.register("named_rows", table)
        signs = ", ".join(sign for sign, _ in self._columns)
        select = f"SELECT {signs}, min(pos) AS pos FROM named_rows GROUP BY ALL"  # noqa: S608  # our own letters
        con.execute(f"INSERT INTO named {select}" if self._made else f"CREATE TABLE named AS {select}")
        con.unregister("named_rows")
        self._made = True

    def keys(self, path: Path, *, unmasked: bool) -> Path | None:
        if not self._made:
            return None
        con = self._source.stage(lean=True).con
        con.register("named", self._con.sql("FROM named").to_arrow_table())
        how = _SHOWN if unmasked else _MASKED
        chosen = " ".join(
            f"WHEN trim({sign}) <> '' THEN {how[sign].format(x=f'trim({sign})')}" for sign, _ in self._columns
        )
        where = str(path).replace("'", "''")
        con.execute(
            f"""COPY (SELECT customer_id, arg_min(left(CASE {chosen} END, 80), named.pos) AS key
            FROM named JOIN row ON row.pos = named.pos JOIN customer_number USING (ckey)
            GROUP BY customer_id) TO '{where}' (FORMAT parquet)"""  # noqa: S608  # our own expressions
        )
        con.unregister("named")
        return path


_NAMED = (("a", "account"), ("e", "email"), ("p", "phone"), ("n", "customer_name"))
_MAIL = """left({x}, least(2, greatest(strpos({x}, '@') - 2, 1))) || '…@' || substr(split_part({x}, '@', 2), 1, 1)
    || '…' || regexp_extract({x}, '\\.[^.@]*$')"""
_NUMBER = "regexp_replace({x}, '^(\\d+)[.]0$', '\\1')"  # a number that went through a spreadsheet
_MASKED = {
    "a": f"CASE WHEN contains({{x}}, '@') THEN {_MAIL} ELSE {_NUMBER} END",
    "e": _MAIL,
    "p": "'…' || right({x}, 3)",
    "n": "array_to_string(list_transform(string_split_regex({x}, '\\s+'), lambda w: left(w, 1) || '.'), ' ')",
}
_SHOWN = {"a": _NUMBER, "e": "{x}", "p": "{x}", "n": "{x}"}
