"""Write the locks anew: `python -m tools.lock [--upgrade]`.

Hashed, for every platform, without an index address.
"""

from __future__ import annotations

import sys

from tools.running import ROOT, run, say

_LOOK = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--quiet",
]
_SPARE = ["--no-emit-package=pip", "--no-emit-package=setuptools"]


def main(arguments: list[str]) -> None:
    """Lock dev first; run and bootstrap are then bound to its versions, so that `.venv` only ever grows."""
    upgrade = [flag for flag in arguments if flag == "--upgrade"]
    uv = [sys.executable, "-m", "uv", "pip", "compile", *_LOOK, *_SPARE]
    dev, run_lock, bootstrap = (f"requirements/{name}.txt" for name in ("dev", "run", "bootstrap"))
    wanted = ["pyproject.toml", "--all-extras", "--group=dev"]
    for command in (
        [*uv, *upgrade, *wanted, "-o", dev],
        [*uv, *upgrade, "pyproject.toml", "--extra=postgres", "-c", dev, "-o", run_lock],
        [*uv, *upgrade, "requirements/bootstrap.in", "-c", dev, "-o", bootstrap],
    ):
        say(f"locking {command[-1]}")
        run(command)
    say(f"locks written to {ROOT / 'requirements'}; run make dev to install them")


if __name__ == "__main__":
    main(sys.argv[1:])
