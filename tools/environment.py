"""The Python environment `.venv`: made from the interpreter that runs this, filled from the hashed locks."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import sys
import venv
from pathlib import Path

from tools import debian
from tools.running import PARTS, ROOT, VENV, SetupError, run, say

LOCKS = ROOT / "requirements"
PYTHON = VENV / "bin" / "python"
_STAMP = VENV / "perennial-set-up.json"
_LEVELS = ("run", "dev")  # dev holds all of run
_OWN_PIP = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"}
_OWN_UV = {"UV_NO_PROGRESS": "1"}
if "PIP_INDEX_URL" in os.environ and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(os.environ):
    _OWN_UV["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]  # a mirror told to pip is meant for uv too


def bring(level: str) -> None:
    """Make `.venv` hold what the level's lock says, and the project itself, editable.

    Nothing happens when it does already: the stamp in `.venv` names level, locks, interpreter and place.
    Raises SetupError naming what could not be made or installed.
    """
    level = max(level, _stamp().get("level", "run"), key=_LEVELS.index)
    if _stamp() == _state(level):
        return
    if _stamp().get("python") != _state(level)["python"] or not PYTHON.exists():
        _make()
    bootstrap, lock = LOCKS / "bootstrap.txt", LOCKS / f"{level}.txt"
    bootstrapped = _stamp().get("bootstrap") == _digest(bootstrap)
    _STAMP.unlink(missing_ok=True)  # until all is done again, this environment is unknown
    if not bootstrapped:
        say("installing uv")
        run([*_pip(), "install", "-q", "--no-deps", "--require-hashes", "-r", str(bootstrap)], env=_OWN_PIP)
    say(f"installing the packages of {lock.relative_to(ROOT)}")
    uv = [str(PYTHON), "-m", "uv", "--quiet", "pip"]
    run([*uv, "sync", "--python", str(PYTHON), "--require-hashes", str(bootstrap), str(lock)], env=_OWN_UV)
    run([*uv, "install", "--python", str(PYTHON), "--no-deps", "--no-build-isolation", "-e", "."], env=_OWN_UV)
    _STAMP.write_text(json.dumps(_state(level), indent=2) + "\n")


def _state(level: str) -> dict[str, str]:
    return {
        "level": level,
        "bootstrap": _digest(LOCKS / "bootstrap.txt"),
        "lock": _digest(LOCKS / f"{level}.txt"),
        "project": _digest(ROOT / "pyproject.toml"),
        # Scripts hold the absolute path of their interpreter: a tree that was moved is made anew.
        "python": f"{sys.version} for {VENV}",
    }


def _stamp() -> dict[str, str]:
    if not (_STAMP.exists() and PYTHON.exists()):
        return {}
    told: dict[str, str] = json.loads(_STAMP.read_text())
    return told


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _make() -> None:
    say(f"making .venv with Python {sys.version.split()[0]} ({sys.executable})")
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        venv.create(VENV, symlinks=True, with_pip=_has_pip())
    except Exception as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(f"{sys.executable} cannot make {VENV}: {error}") from error


def _has_pip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def _pip() -> list[str]:
    """Return the command of a pip for `.venv`; where Debian lacks python3-venv, its wheel is fetched."""
    if (VENV / "bin" / "pip").exists():
        return [str(PYTHON), "-m", "pip"]
    if not debian.available():
        raise SetupError(
            f"{sys.executable} has no ensurepip, so pip cannot be put into .venv: "
            "install your system's python3-venv, or name another Python: make PYTHON=/path/to/python3.11 ..."
        )
    wheels = PARTS / "pip"
    if not list(wheels.glob("usr/share/python-wheels/pip-*.whl")):
        debian.fetch("pip", ["python3-pip-whl"], libraries=False)
    wheel = next(wheels.glob("usr/share/python-wheels/pip-*.whl"))
    return [str(PYTHON), str(wheel / "pip")]
