"""Door for the analyst: insight, rules and replay on files, no server."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from perennial.lab.doors import answers as answers
    from perennial.lab.opening import open_shop as open  # noqa: A004, F401  # `lab.open` is the name people know
    from perennial.lab.shop import Shop as Shop


# The names of this door come when asked for: `import perennial.lab` costs nothing.
def __getattr__(name: str) -> Any:
    from perennial.lab.doors import named

    return named(name)


def __dir__() -> list[str]:
    from perennial.lab.doors import names

    return names()
