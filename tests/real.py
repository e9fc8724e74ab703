"""Where set-up found the real parts, and the real data where it stands beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


def found(part: str) -> dict[str, str]:
    """Return what `.parts/found.json` says of `postgresql`, `java` or `chromium`; fail when set-up was never run."""
    path = ROOT / ".parts" / "found.json"
    if not path.exists():
        pytest.fail("PostgreSQL, Java and Chromium were never looked for: run make dev", pytrace=False)
    parts: dict[str, dict[str, str]] = json.loads(path.read_text())
    if part not in parts:
        pytest.fail(f"{part} was never looked for: run make dev", pytrace=False)
    return parts[part]


def shared_data(name: str) -> Path:
    """Return the path of real data in `../shared/data`; skip the test, naming the data, if absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"no real data: ../shared/data/{name} is absent")
    return path
