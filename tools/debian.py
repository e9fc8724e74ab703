"""Debian packages without installing them: apt fetches and verifies, dpkg-deb unpacks into `.parts`.

The same path serves root and everybody else. apt gets state, lists and cache of its own inside
`.parts`, so that neither its lock nor its lists need root, and nothing outside the project changes: no
cluster is created, no service started, no file of /etc written (docs/decisions/0001).
"""

from __future__ import annotations

import functools
import os
import re
import shutil
from pathlib import Path

from tools.running import PARTS, SetupError, output_or_nothing, run, say

_APT = PARTS / "apt"
_CONF = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
Dir::State "{apt}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{apt}/cache";
APT::Sandbox::User "{user}";
Acquire::Languages "none";
"""
# apt itself links to these, so they are there; and a second C library beside the loader breaks programs.
_ALWAYS_THERE = {"libc6", "libcrypt1", "libgcc-s1", "libstdc++6"}


def available() -> bool:
    """Say whether this is a Debian (or a child of it) whose packages can be fetched."""
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg-deb"))


@functools.cache  # once per run: lists of last month name packages that the mirrors no longer hold
def refresh() -> None:
    """Fetch the package lists into `.parts/apt`, from the mirrors this machine is configured for."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (_APT / folder).mkdir(parents=True, exist_ok=True)
    user = "root" if os.geteuid() == 0 else ""
    (_APT / "apt.conf").write_text(_CONF.format(apt=_APT, user=user))
    say("fetching Debian's package lists")
    # One broken third-party source must not stop us: what matters is whether our package is found afterwards.
    output_or_nothing(["apt-get", *_options(), "-q", "update"])


def candidate(names: list[str]) -> str | None:
    """Return the first of the names that the package lists offer."""
    for name in names:
        shown = output_or_nothing(["apt-cache", *_options(), "policy", name])
        if re.search(r"Candidate: (?!\(none\))\S", shown):
            return name
    return None


def dependencies(names: list[str], wanted: re.Pattern[str]) -> list[str]:
    """List the packages that these depend on, directly or not, keeping (and following) only wanted names."""
    seen = list(names)
    level = list(names)
    while level:
        found: list[str] = []
        alternative = False
        flags = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
        for line in run(["apt-cache", *_options(), "depends", *flags, *level]).splitlines():
            match = re.match(r" ([ |])(?:Pre)?Depends: (\S+)$", line)
            if match is None:
                continue
            # `|` announces an alternative on the next line; Debian lists the preferred one first.
            first, alternative = not alternative, match[1] == "|"
            if first and wanted.match(match[2]) and match[2] not in _ALWAYS_THERE:
                found.append(match[2])
        level = sorted(set(found) - set(seen))
        seen += level
    return seen


def unpack(part: str, packages: list[str]) -> Path:
    """Download the packages and unpack them together into `.parts/<part>`; return that folder.

    The folder appears by a rename when it is whole, so that a broken download leaves no half part behind.
    """
    say(f"fetching {', '.join(packages[:3])}{f' and {len(packages) - 3} more' if packages[3:] else ''}")
    debs, fresh, place = PARTS / f"{part}.debs", PARTS / f"{part}.new", PARTS / part
    for folder in (debs, fresh):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    run(
        ["apt-get", *_options(), "-q", "download", *packages],
        cwd=debs,
        remedy="Is the network up, and does a mirror of /etc/apt/sources.list.d answer?",
    )
    for deb in sorted(debs.glob("*.deb")):
        run(["dpkg-deb", "-x", str(deb), str(fresh)])
    _keep_links_inside(fresh)
    shutil.rmtree(place, ignore_errors=True)
    fresh.rename(place)
    shutil.rmtree(debs)
    return place


def _options() -> list[str]:
    # -c is read after the machine's own configuration, so ours wins and its mirrors and keys stay.
    return ["-c", str(_APT / "apt.conf")]


def _keep_links_inside(folder: Path) -> None:
    """Point the packages' absolute links (/etc/java-17-openjdk/...) at the copies inside the folder."""
    for parent, directories, files in os.walk(folder):
        for name in (*directories, *files):
            link = Path(parent, name)
            if not link.is_symlink() or not link.readlink().is_absolute():
                continue
            inside = folder / link.readlink().relative_to("/")
            if inside.exists() or inside.is_symlink():
                link.unlink()
                link.symlink_to(os.path.relpath(inside, parent))


def fetch(part: str, names: list[str], *, libraries: bool) -> Path:
    """Bring the first available of the named packages, with the shared libraries it needs if wanted.

    Raises SetupError when this is no Debian or none of the packages is offered.
    """
    if not available():
        raise SetupError(
            f"{part} is not installed, and this is no Debian whose packages could be fetched: "
            f"install it yourself (one of: {', '.join(names)}) and run make again."
        )
    refresh()
    name = candidate(names)
    if name is None:
        raise SetupError(
            f"{part} is not installed, and Debian's package lists offer none of {', '.join(names)}. "
            "Check /etc/apt/sources.list.d and the network, or install it yourself, and run make again."
        )
    wanted = re.compile(r"lib(?!.*perl)" if libraries else r"(?!)")
    client = [name.replace("postgresql-", "postgresql-client-")] if name.startswith("postgresql-") else []
    return unpack(part, dependencies([name, *client], wanted))
