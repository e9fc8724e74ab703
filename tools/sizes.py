"""File sizes: sources stay under 300 lines, tests under 500, so that a file can be read in one go."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tools.running import ROOT

LIMITS = {"src": 300, "tools": 300, "bench": 300, "prove": 300, "tests": 500}


def too_long(root: Path = ROOT) -> Iterator[str]:
    """Yield `path: lines` for each Python file at or over its folder's limit; migrations are generated."""
    for folder, limit in LIMITS.items():
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            with path.open("rb") as file:
                lines = sum(1 for _ in file)
            if lines >= limit:
                yield f"{path.relative_to(root)}: {lines} lines (under {limit} wanted)"


if __name__ == "__main__":
    found = list(too_long())
    print("\n".join(found) if found else "File sizes: all within their limits.")
    sys.exit(1 if found else 0)
