"""The real parts that the tests use beside Python: PostgreSQL's server, a Java for Spark, a browser.

What is installed is taken; what is missing is brought from Debian's packages into `.parts`. Where they
are is written to `.parts/found.json`, the only thing the tests read. PERENNIAL_PARTS=unpack passes over
what is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from tools import debian
from tools.running import PARTS, SetupError, output_or_nothing, say

FOUND = PARTS / "found.json"
POSTGRESQL_AT_LEAST = 14
JAVA_AT_LEAST = 17
_POSTGRESQL_PROGRAMS = ("postgres", "initdb", "pg_ctl")
_DEBIAN_POSTGRESQL = [f"postgresql-{version}" for version in (17, 18, 16, 15, 14)]
_DEBIAN_JAVA = [f"openjdk-{version}-jre-headless" for version in (17, 21, 25)]


def bring() -> None:
    """Find or fetch every part and write `.parts/found.json`; quick when it stands already.

    Raises SetupError naming the part that can neither be found nor fetched.
    """
    unpacked_only = os.environ.get("PERENNIAL_PARTS") == "unpack"
    if _still_there(unpacked_only=unpacked_only):
        return
    found = {
        "postgresql": _postgresql(unpacked_only=unpacked_only),
        "java": _java(unpacked_only=unpacked_only),
        "chromium": _chromium(unpacked_only=unpacked_only),
    }
    PARTS.mkdir(exist_ok=True)
    FOUND.write_text(json.dumps(found, indent=2) + "\n")
    for name, part in found.items():
        say(f"{name} {part['version']} in {part.get('bin') or part.get('home') or part['program']}")


def _still_there(*, unpacked_only: bool) -> bool:
    if not FOUND.exists():
        return False
    found = json.loads(FOUND.read_text())
    if "chromium" not in found or not Path(found["chromium"]["program"]).exists():
        return False
    postgresql, java = Path(found["postgresql"]["bin"]), Path(found["java"]["home"])
    if unpacked_only and not all(PARTS in path.parents for path in (postgresql, java)):
        return False
    return all((postgresql / name).exists() for name in _POSTGRESQL_PROGRAMS) and (java / "bin/java").exists()


def _postgresql(*, unpacked_only: bool) -> dict[str, str]:
    places = [] if unpacked_only else _installed_postgresql()
    for place in (*places, *_unpacked_postgresql()):
        if version := _postgresql_version(place):
            return _told(place, version)
    debian.fetch("postgresql", _DEBIAN_POSTGRESQL, libraries=True)
    for place in _unpacked_postgresql():
        if version := _postgresql_version(place):
            return _told(place, version)
    raise SetupError(f"The PostgreSQL unpacked into {PARTS} does not run here: install postgresql, run make again.")


def _told(place: Path, version: str) -> dict[str, str]:
    return {"version": version, "bin": str(place), "library_path": library_path(place)}


def library_path(binaries: Path) -> str:
    """Return the LD_LIBRARY_PATH that programs unpacked into `.parts` need; empty for installed ones."""
    if PARTS not in binaries.parents:
        return ""
    unpacked = PARTS / "postgresql"  # Debian keeps some libraries in /lib, most in /usr/lib
    return ":".join(str(place) for folder in ("usr/lib", "lib") for place in unpacked.glob(f"{folder}/*-linux-*"))


def _installed_postgresql() -> list[Path]:
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    for pattern in (
        "usr/lib/postgresql/*/bin",
        "opt/homebrew/opt/postgresql*/bin",
        "usr/local/opt/postgresql*/bin",
    ):
        places += sorted(Path("/").glob(pattern), reverse=True)
    return places


def _unpacked_postgresql() -> list[Path]:
    return sorted((PARTS / "postgresql").glob("usr/lib/postgresql/*/bin"), reverse=True)


def _postgresql_version(place: Path) -> str | None:
    if not all((place / name).exists() for name in _POSTGRESQL_PROGRAMS):
        return None
    env = {"LD_LIBRARY_PATH": library_path(place)} if library_path(place) else None
    told = re.search(r"\b(\d+)(?:\.\d+|\w+)", output_or_nothing([str(place / "postgres"), "--version"], env))
    return told[0] if told and int(told[1]) >= POSTGRESQL_AT_LEAST else None


def _java(*, unpacked_only: bool) -> dict[str, str]:
    homes = [] if unpacked_only else _installed_java()
    for home in (*homes, *_unpacked_java()):
        if version := _java_version(home):
            return {"version": version, "home": str(home)}
    # Spark needs no more of the system than zlib and the C++ library, on which apt itself depends.
    debian.fetch("java", _DEBIAN_JAVA, libraries=False)
    for home in _unpacked_java():
        if version := _java_version(home):
            return {"version": version, "home": str(home)}
    raise SetupError(f"The Java unpacked into {PARTS} does not run here: install openjdk 17 or newer, run make again.")


def _installed_java() -> list[Path]:
    told = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    homes = [Path(told)] if told else []
    homes += [Path(on_path).resolve().parent.parent] if on_path else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    if Path("/usr/libexec/java_home").exists():
        homes += [Path(output_or_nothing(["/usr/libexec/java_home", "-v", f"{JAVA_AT_LEAST}+"]).strip() or "/none")]
    return [*homes, *sorted(Path("/").glob("opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home"))]


def _unpacked_java() -> list[Path]:
    return sorted((PARTS / "java").glob("usr/lib/jvm/java-*-openjdk-*"))


def _java_version(home: Path) -> str | None:
    """Return the version of a Java that Spark accepts; some small ones lack the vector module it asks for."""
    told = output_or_nothing([str(home / "bin/java"), "--add-modules=jdk.incubator.vector", "-version"])
    version = re.search(r'version "((\d+)[^"]*)"', told)
    return version[1] if version and int(version[2]) >= JAVA_AT_LEAST else None


def _chromium(*, unpacked_only: bool) -> dict[str, str]:
    programs = [] if unpacked_only else _installed_chromium()
    for program in (*programs, *_unpacked_chromium()):
        if version := _chromium_version(program):
            return {"version": version, "program": str(program), "library_path": _chromium_libraries(program)}
    debian.fetch("chromium", ["chromium"], libraries=True)
    for program in _unpacked_chromium():
        if version := _chromium_version(program):
            return {"version": version, "program": str(program), "library_path": _chromium_libraries(program)}
    raise SetupError(f"The Chromium unpacked into {PARTS} does not run here: install chromium, run make again.")


def _installed_chromium() -> list[Path]:
    named = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")]
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return [Path(name) for name in named if name] + ([mac] if mac.exists() else [])


def _unpacked_chromium() -> list[Path]:
    return sorted((PARTS / "chromium").glob("usr/lib/chromium/chromium"))


def _chromium_libraries(program: Path) -> str:
    if PARTS not in program.parents:
        return ""
    unpacked = PARTS / "chromium"
    return ":".join(str(place) for folder in ("usr/lib", "lib") for place in unpacked.glob(f"{folder}/*-linux-*"))


def _chromium_version(program: Path) -> str | None:
    env = {"LD_LIBRARY_PATH": _chromium_libraries(program)} if _chromium_libraries(program) else None
    told = re.search(r"\b\d+(\.\d+){3}\b", output_or_nothing([str(program), "--version"], env))
    return told[0] if told else None
