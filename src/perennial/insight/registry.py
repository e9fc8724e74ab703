"""Every answer that insight gives, by name: the one list that the report, the docs, the figures and the
parity test read. Append only, one entry per line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from perennial.insight.tables import AsOf, Tables


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: ``module.function(tables, as_of, **defaults)`` returns an Ibis table.

    ``definition``: one line for people. ``formula``: as written in the function. ``source``: where the
    definition comes from, or "own".
    """

    module: str
    function: str
    definition: str
    formula: str
    source: str = "own"
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, t: Tables, as_of: AsOf, **options: object) -> ir.Table:
        """The answer as an Ibis table; ``options`` go before the defaults."""
        return self.load()(t, as_of, **{**self.defaults, **options})

    def load(self) -> Callable[..., ir.Table]:
        """The function itself (imports its file)."""
        from importlib import import_module

        found: Callable[..., ir.Table] = getattr(
            import_module(f"perennial.insight.{self.module}"), self.function
        )
        return found


# fmt: off
_FIRST: Mapping[str, Answer] = {
}

_SECOND: Mapping[str, Answer] = {
}
# fmt: on

ANSWERS: Mapping[str, Answer] = {**_FIRST, **_SECOND}
