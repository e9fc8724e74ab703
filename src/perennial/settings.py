"""Django's settings, from the environment: nothing here needs editing to start.

- ``PERENNIAL_HOME``: the folder of all data (default ``./perennial-data``).
- ``PERENNIAL_DATABASE_URL``: ``postgresql://user:password@host:port/name``; without it, SQLite in the home.
  What follows a ``?`` goes to libpq as it stands: ``?sslmode=verify-full&sslrootcert=...``.
- ``PERENNIAL_MACHINE``: 0 to 15, different on every machine that shares a database (for identifiers).
- ``PERENNIAL_SECRET_KEY``: signs links; without it a key is made once and kept in the home.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PERENNIAL_HOME = Path(os.environ.get("PERENNIAL_HOME", "perennial-data")).absolute()
PERENNIAL_MACHINE = int(os.environ.get("PERENNIAL_MACHINE", "0"))


def _secret(home: Path) -> str:
    if given := os.environ.get("PERENNIAL_SECRET_KEY"):
        return given
    _make(home)
    path = home / "secret-key"
    # Written whole and then put in its place: who starts at the same time must never read half a key.
    draft = home / f"secret-key.{os.getpid()}.{secrets.token_hex(4)}"
    while not (path.exists() and (found := path.read_text())):
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            if path.exists() and not path.stat().st_size:
                draft.replace(path)  # left empty by a full disk or a power cut: nothing was signed with it
            else:
                with suppress(FileExistsError):
                    os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    return found


def _make(home: Path) -> None:
    """The folder of all data: customers' names are in it, so nobody else on the machine may look."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)


def _database(url: str, home: Path) -> dict[str, Any]:
    if not url:
        _make(home)
        return {
            "ENGINE": "perennial.database.sqlite",
            "NAME": str(home / "perennial.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                # FULL: what was acknowledged survives a power cut.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
                    "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=0;"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ValueError(
            "PERENNIAL_DATABASE_URL is not understood: write postgresql://user:password@host:port/name, "
            "or leave it out for SQLite"
        )
    options = dict(parse_qsl(parts.query))
    folder = options.pop("host", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or folder,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


PERENNIAL_DATABASE_URL = os.environ.get("PERENNIAL_DATABASE_URL", "")
SECRET_KEY = _secret(PERENNIAL_HOME)
DATABASES = {"default": _database(PERENNIAL_DATABASE_URL, PERENNIAL_HOME)}
INSTALLED_APPS = ["perennial"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
DEBUG = False
ALLOWED_HOSTS: list[str] = []
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("it", "Italiano"), ("fr", "Français")]
