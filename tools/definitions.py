"""The parts of docs/*.md that follow from the code: answers, tables, options, records, errors.

A page says where such a part stands, and `make docs` writes it anew between the two marks:

    <!-- generated: answers -->
    <!-- end -->

All else on a page is written by hand. `python -m tools.definitions --check` writes nothing and tells what is old.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from tools import reference
from tools.reference import markdown, table, wrapped
from tools.running import ROOT

from perennial.insight.registry import ANSWERS, Answer

PAGES = ROOT / "docs"
_BLOCK = re.compile(r"(<!-- generated: ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_TITLES = {
    "summary": "The store at a glance",
    "retention": "Retention",
    "cohorts": "Cohorts",
    "gaps": "Time between orders",
    "value": "What customers are worth",
    "yearly": "What customers bring in a year",
    "rfm": "RFM",
    "lifecycle": "Stages",
    "revenue": "New and returning, winning and keeping",
    "rhythm": "Own rhythm",
    "favourites": "Favourites",
    "products": "First products",
    "delivery": "Delivery",
    "conversion": "Conversion",
    "service": "Service",
    "reasons": "Reasons for leaving",
}


def answers() -> Iterator[str]:
    """Every registered answer, by the file of insight that gives it."""
    modules: dict[str, list[str]] = {}
    for name, answer in ANSWERS.items():
        modules.setdefault(answer.module, []).append(name)
    for module, names in modules.items():
        yield f"## {_TITLES.get(module, module.capitalize())}"
        yield markdown(inspect.getdoc(import_module(f"perennial.insight.{module}")) or "")
        told: dict[Callable[..., object], str] = {}
        for name in names:
            yield from _answer(name, ANSWERS[name], told)
        if module == "rfm":
            yield from _groups()


def _groups() -> Iterator[str]:
    """The names of the RFM groups."""
    from perennial.insight.rfm import GROUPS, SCORES

    scores = range(1, SCORES + 1)
    yield "### GROUPS"
    yield wrapped("By the score of days since the last order (r) and the mean of f and m, halves rounded up.")
    rows = [(f"r = {r}", *(GROUPS[r, mean] for mean in scores)) for r in reversed(scores)]
    yield table(("", *(f"f, m: {mean}" for mean in scores)), rows)


def _answer(name: str, answer: Answer, told: dict[Callable[..., object], str]) -> Iterator[str]:
    function = answer.load()
    yield f"### {name}"
    yield wrapped(markdown(answer.definition))
    source = "our own" if answer.source == "own" else answer.source.removesuffix(".")
    yield "\n".join(
        (
            *wrapped(f"- Formula: {markdown(answer.formula)}.", 2).splitlines(),
            *wrapped(f"- Source: {markdown(source)}.", 2).splitlines(),
            *wrapped(f"- Ask: `{_call(name, answer, function)}`", 2).splitlines(),
        )
    )
    if function in told:
        yield wrapped(f"Told under `{told[function]}`: the same function, asked with other options.")
    else:
        told[function] = name
        yield markdown(inspect.getdoc(function) or "")


def _call(name: str, answer: Answer, function: Callable[..., object]) -> str:
    """How the lab is asked; the treatment, which is the shop's, is left out."""
    options = [
        f"{option.name}={answer.defaults.get(option.name, option.default)!r}"
        for option in inspect.signature(function).parameters.values()
        if option.kind is inspect.Parameter.KEYWORD_ONLY and option.name != "treatment"
    ]
    return f"lab.{name}({', '.join(['shop', 'as_of=None', *options])})"


def _net() -> Iterator[str]:
    """What every answer stands on: orders net of refunds, quantiles, rates with their intervals."""
    from perennial.insight import intervals, net, quantiles

    yield "### Orders that count"
    yield markdown(inspect.getdoc(net) or "")
    yield "### net_orders"
    yield markdown(inspect.getdoc(net.net_orders) or "")
    yield "### Purchase occasions"
    yield markdown(inspect.getdoc(net.occasions) or "")
    yield "### Quantiles"
    yield markdown(inspect.getdoc(quantiles) or "")
    yield "### Intervals"
    yield markdown(inspect.getdoc(intervals.rate) or "")


PARTS: dict[str, Callable[[], Iterator[str]]] = {"answers": answers, "net": _net, **reference.PARTS}


def part(name: str) -> str:
    """The text of one generated part; KeyError for a name that stands for none."""
    kind, _, of = name.partition(": ")
    found = reference.options(of) if kind == "options" else PARTS[kind]()
    return "\n\n".join(found) + "\n"


def filled(text: str) -> str:
    """A page with its generated parts as the code has them now."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{part(found[2])}\n{found[3]}", text)


def pages() -> list[Path]:
    """The pages of the documentation."""
    return sorted(PAGES.glob("*.md"))


def main(*, check: bool) -> int:
    """Write what changed, or with ``check`` only name it; 1 if there was something."""
    old = [page for page in pages() if filled(page.read_text()) != page.read_text()]
    for page in old:
        if not check:
            page.write_text(filled(page.read_text()))
        print(f"{page.relative_to(ROOT)} {'is old: run make docs' if check else 'written'}")
    if not old:
        print("Docs: all as the code has it.")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
