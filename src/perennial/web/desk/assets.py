"""Style, scripts and pictures: ours, and those that come in Python packages. Put together at start, by content."""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_OURS = Path(__file__).parents[1] / "static"
# name in the page -> (package, file in it)
_FROM_PACKAGES = {
    "htmx.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
    "webauthn-json.js": ("allauth", "mfa/static/mfa/js/webauthn-json.js"),
    "webauthn.js": ("allauth", "mfa/static/mfa/js/webauthn.js"),
}


@cache
def files() -> dict[str, Path]:
    """Every asset by its name in pages."""
    found = {path.relative_to(_OURS).as_posix(): path for path in _OURS.rglob("*") if path.is_file()}
    for name, (package, inner) in _FROM_PACKAGES.items():
        spec = find_spec(package)
        assert spec is not None  # noqa: S101  # a dependency
        assert spec.origin is not None  # noqa: S101
        found[name] = Path(spec.origin).parent / inner
    return found


@cache
def address(name: str) -> str:
    """Where a page finds an asset. The content is in the address: browsers keep it for ever."""
    path = files()[name]
    digest = hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()
    stem, dot, suffix = name.rpartition(".")
    return f"/static/{stem}.{digest}{dot}{suffix}"


def lay_out(folder: Path) -> Path:
    """Copy all assets into ``folder`` under their addresses, for the server to hand out."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, path in files().items():
        target = folder / address(name).removeprefix("/static/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder
