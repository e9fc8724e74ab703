"""What the pages say, and what the sources say that pages must tell: read from text and syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.real import ROOT

SOURCE = ROOT / "src" / "perennial"
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(DOCS.glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<!\\)\[[^\]\n]*\]\(([^)\s]+)\)")


def page(name: str) -> str:
    return (DOCS / name).read_text()


def code(text: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return [block for marked, block in _FENCE.findall(text) if marked == language]


def links(text: str) -> list[str]:
    return _LINK.findall(_FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """The names by which a page's headings are linked to."""
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


def broken(text: str, place: Path) -> list[str]:
    """The links of a page at ``place`` that lead to no file, or to no heading of one."""
    found = []
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = place.parent / path if path else place
        if not target.exists() or (anchor and anchor not in anchors(text if target == place else target.read_text())):
            found.append(link)
    return found


def shell(text: str) -> list[str]:
    """The commands of a page's shell blocks, one a line."""
    return [line for block in code(text, "sh") for line in block.splitlines() if line.strip()]


def trees(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path, ast.parse(path.read_text(), str(path))


def _is_environ(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "environ") or (
        isinstance(node, ast.Name) and node.id == "environ"
    )


def environment(tree: ast.Module) -> Iterator[ast.expr]:
    """The names of the environment that a source reads or sets, as they stand there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            asked = node.func.attr in ("get", "pop", "setdefault") and _is_environ(node.func.value)
            if asked or node.func.attr == "getenv":
                yield node.args[0]
        elif isinstance(node, ast.Subscript) and _is_environ(node.value):
            yield node.slice
        elif isinstance(node, ast.Compare) and any(_is_environ(right) for right in node.comparators):
            yield node.left


def events(tree: ast.Module) -> Iterator[ast.expr]:
    """The kinds of events that a source records, as they stand there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "event":
            yield node.args[0] if node.args else next(word.value for word in node.keywords if word.arg == "kind")


def codes(tree: ast.Module) -> Iterator[str]:
    """The reasons that a source gives by code: Reason.of("cell.date"), Wrong("cell.date")."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first, function = node.args[0], node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if (
            name in ("of", "Wrong")
            and isinstance(first, ast.Constant)
            and re.fullmatch(r"[a-z]+\.[a-z_]+", str(first.value))
        ):
            yield str(first.value)


def values(node: ast.expr, tree: ast.Module) -> set[str]:
    """The texts that an expression can be: a constant, one of two, or a constant of the module by its name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return values(node.body, tree) | values(node.orelse, tree)
    if isinstance(node, ast.Name):
        for statement in tree.body:
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if any(isinstance(target, ast.Name) and target.id == node.id for target in targets):
                return values(statement.value, tree)
    raise LookupError(f"line {node.lineno}: {ast.unparse(node)!r} cannot be told from the source: write the text")
