"""Pieces of the reference: options of commands, mirrored tables, records, layouts and errors of order files."""

from __future__ import annotations

import inspect
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

WIDTH = 116


def wrapped(text: str, hang: int = 0) -> str:
    """One paragraph, broken at the width; further lines begin with ``hang`` spaces."""
    return textwrap.fill(text, WIDTH, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False)


_ABOVE = (
    ("(see the module)", "(see above)"),
    ("see the module", "see above"),
    ("as in the module", "as above"),
    ("as the module defines it", "as defined above"),
    ("(module)", "(above)"),
)


def markdown(docstring: str) -> str:
    """A docstring's own marks as Markdown's; on a page, what its module says stands above."""
    for said, meant in _ABOVE:
        docstring = docstring.replace(said, meant)
    return docstring.replace("``", "`").strip()


def _bullets(pairs: Mapping[str, str]) -> str:
    return "\n".join(wrapped(f"- {name}: {text}", 2) for name, text in pairs.items())


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [" | ".join(row) for row in (head, tuple("---" for _ in head), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


# Commands


def command(path: str) -> click.Command:
    """The command of this path, such as "mirror rebuild"; "" is ``perennial`` itself."""
    from perennial.cli import main

    found: click.Command = main
    for name in path.split():
        inner = found.get_command(click.Context(found), name) if isinstance(found, click.Group) else None
        if inner is None:
            raise KeyError(f"there is no command perennial {path}")
        found = inner
    return found


def commands(found: click.Command | None = None, path: str = "") -> Iterator[str]:
    """The paths of all commands that do something, and "" for the options of all."""
    found = found or command("")
    if path == "" or not isinstance(found, click.Group):
        yield path
    if isinstance(found, click.Group):
        for name in found.list_commands(click.Context(found)):
            yield from commands(found.get_command(click.Context(found), name), f"{path} {name}".strip())


def options(path: str) -> Iterator[str]:
    """The usage of a command and its options, a line each."""
    path = "" if path == "perennial" else path
    found = command(path)
    context = click.Context(found, info_name=f"perennial {path}".strip())
    yield f"```text\n{found.get_usage(context).removeprefix('Usage: ')}\n```"
    given = [one for one in found.params if isinstance(one, click.Option)]
    yield _bullets({f"`{_names(one, context)}`": _meaning(one) for one in given})


def _names(option: click.Option, context: click.Context) -> str:
    names = ", ".join(sorted(option.opts, key=len))
    if option.secondary_opts:
        names += " / " + ", ".join(option.secondary_opts)
    return names if option.is_flag else f"{names} {option.make_metavar(context)}"


def _meaning(option: click.Option) -> str:
    text = (option.help or "").rstrip(".")
    if option.show_default and option.default is not None:
        text = f"{text}{'. ' if text else ''}Default: {option.default}"
    return f"{text}."


# Tables


def tables() -> Iterator[str]:
    """Every table of the schema with its columns, and where the mirror cuts it."""
    from perennial.facts.rules import schema
    from perennial.figures.rules.manifest import TABLES

    notes = _comments(Path(inspect.getsourcefile(schema) or ""))
    for name, columns in schema.SCHEMA.items():
        days = TABLES[name].days
        cut = f"One file a month, by the local day in `{days[0]}.{days[1]}`." if days else "One file."
        if days and days[1] == "month":
            cut = "One file a month, by the visit's local day."
        yield f"### {name}"
        yield wrapped(markdown(f"{notes.get(name, '')} {cut}"))
        yield table(("column", "type"), [(f"`{column}`", kind) for column, kind in columns.items()])


def _comments(path: Path) -> dict[str, str]:
    """The comment that stands before each key of the schema."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                waiting.append(token.string.lstrip("# "))
            elif token.type == tokenize.STRING and waiting:
                found[token.string.strip('"')] = " ".join(waiting)
                waiting = []
    return found


# Records


def records() -> Iterator[str]:
    """Every record with its fields, those of a batch first, then what they are made of."""
    from pydantic import BaseModel

    from perennial.facts.rules import records as module

    names = [re.sub(r"tuple\[(\w+), \.\.\.\]", r"\1", str(kind)) for kind in _fields(module.Batch).values()]
    names += sorted(set(module.__all__) - {*names, "Batch", "Record", "State", "Seen"})
    for name in names:
        record: type[BaseModel] = getattr(module, name)
        yield f"#### {name}"
        yield markdown(inspect.getdoc(record) or "")
        rows = []
        for field, kind in _fields(record).items():
            info = record.model_fields[field]
            rows.append((f"`{field}`", _kind(kind), "needed" if info.is_required() else _default(info.default)))
        yield table(("field", "kind", "if left out"), rows)


def _fields(record: type[Any]) -> dict[str, str]:
    """Field -> its annotation as written, inherited ones first."""
    own: dict[str, str] = {}
    for base in reversed(record.__mro__):
        own |= {name: kind for name, kind in vars(base).get("__annotations__", {}).items() if not name.startswith("_")}
    return {name: kind for name, kind in own.items() if name in record.model_fields}


def _kind(annotation: str) -> str:
    text = annotation.removesuffix(" | None")
    if "Field(gt=0" in text:
        return "number above 0"
    text = re.sub(r"Literal\[(.*)\]", lambda m: "one of " + m[1].replace("'", "`"), text)
    text = re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1", text)
    text = re.sub(r"dict\[str, ([^\]]*)\]", r"names to \1", text)
    return text.replace("AwareDatetime", "Instant").replace(" | ", ", ")


def _default(value: object) -> str:
    from pydantic import BaseModel

    if value is None or value in ("", (), {}):
        return "nothing"
    return "nobody" if isinstance(value, BaseModel) else f"`{value}`"


# Order files


def layouts() -> Iterator[str]:
    """The exports that are recognised by their header, with the columns that are read."""
    from perennial.stores.csv.mapping.fields import EXPORTS

    for layout in EXPORTS:
        told = "; ".join(" or ".join(f"*{name}*" for name in group) for group in layout.tells)
        columns = {field: names for field, names in layout.columns.items() if names}
        read = "; ".join(f"`{field}`: {', '.join(names)}" for field, names in columns.items())
        yield f"### {layout.title}"
        yield wrapped(f"Known by its columns {told}.")
        yield wrapped(f"Read: {read}.")


def words() -> Iterator[str]:
    """What the columns of a plain table may be called."""
    from perennial.stores.csv.mapping.synonyms import SYNONYMS

    yield _bullets({f"`{field}`": ", ".join(dict.fromkeys(names)) for field, names in SYNONYMS.items()})


def fields() -> Iterator[str]:
    """The fields a column can mean."""
    from perennial.stores.csv.mapping.fields import FIELDS

    yield wrapped(", ".join(f"`{field}`" for field in FIELDS))


def errors() -> Iterator[str]:
    """What can be wrong with a file, a row or a cell, and what to do."""
    from perennial.stores.csv.parser.faults import SENTENCES

    shown = {
        code: tuple(re.sub(r"\{(\w+)(?:!r)?\}", r"*\1*", text) for text in told) for code, told in SENTENCES.items()
    }
    yield _bullets({f"`{code}`": f"{wrong}. To mend it: {remedy}." for code, (wrong, remedy) in shown.items()})


def evidence() -> Iterator[str]:
    """Why a file is taken for what it is, and what is doubtful about it."""
    from perennial.stores.csv.parser.evidence import EVIDENCE

    yield _bullets({f"`{code}`": re.sub(r"\{(\w+)(?:!r)?\}", r"*\1*", told) + "." for code, told in EVIDENCE.items()})


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "tables": tables,
    "records": records,
    "layouts": layouts,
    "words": words,
    "fields": fields,
    "errors": errors,
    "evidence": evidence,
}
