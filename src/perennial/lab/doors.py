"""The names of the lab: `open`, `answers`, and every answer of insight as a function of a shop."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from perennial.insight.registry import ANSWERS, Answer

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from perennial.lab.shop import Shop, When

DOORS = ("open", "answers", "segment", "Shop")


class Answers(Mapping[str, Answer]):
    """All answers by name; shown as a list with what each one says."""

    def __getitem__(self, name: str) -> Answer:
        return ANSWERS[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ANSWERS)

    def __len__(self) -> int:
        return len(ANSWERS)

    def __repr__(self) -> str:
        widest = max(map(len, ANSWERS), default=0)
        return "\n".join(f"{name:<{widest}}  {answer.definition}" for name, answer in ANSWERS.items())


def answers() -> Answers:
    """Every answer there is: name -> what it means, its formula and source. Print it to read the list."""
    return Answers()


def names() -> list[str]:
    """What can be asked for as ``lab.<name>``."""
    return sorted({*DOORS, *ANSWERS})


def named(name: str) -> Any:
    """``lab.<name>``: a door or an answer. AttributeError, with the nearest name, for anything else."""
    if name == "open":
        from perennial.lab.opening import open_shop

        return open_shop
    if name == "Shop":
        from perennial.lab.shop import Shop

        return Shop
    if name == "segment":
        from perennial.lab.segmenting import segment

        return segment
    if name == "answers":
        return answers
    if name in ANSWERS:
        return asked(name)
    from difflib import get_close_matches

    near = get_close_matches(name, names(), n=1)
    hint = f": did you mean lab.{near[0]}?" if near else "; print(lab.answers()) lists the answers"
    raise AttributeError(f"the lab has no {name!r}{hint}", name=name)


@cache
def asked(name: str) -> Callable[..., ir.Table]:
    """The answer ``name`` as ``function(shop, as_of=None, **options)``."""
    answer = ANSWERS[name]
    inner = answer.load()

    def ask(shop: Shop, as_of: When = None, **options: object) -> ir.Table:
        return shop.ask(name, as_of, **options)

    parameters = [
        inspect.Parameter("shop", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation="Shop"),
        inspect.Parameter("as_of", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation="When"),
    ]
    for option in inspect.signature(inner).parameters.values():
        if option.kind is inspect.Parameter.KEYWORD_ONLY:
            given = answer.defaults.get(option.name, option.default)
            # The shop's own treatment holds unless one is given.
            given = None if option.name == "treatment" else given
            parameters.append(option.replace(default=given))
    ask.__name__ = ask.__qualname__ = name
    ask.__module__ = "perennial.lab"
    ask.__signature__ = inspect.Signature(parameters, return_annotation="ibis.Table")  # type: ignore[attr-defined]
    ask.__doc__ = "\n\n".join(
        [
            answer.definition,
            f"Formula: {answer.formula}. Source: {answer.source}.",
            "``as_of``: a day (its end), an aware moment, or text (2024-01-31); without it, the last order's day.",
            "Returns an Ibis table: `.to_pandas()`, `.to_polars()`, or go on with Ibis.",
            f"{inner.__module__}.{inner.__name__}:",
            inspect.getdoc(inner) or "",
        ]
    )
    return ask
