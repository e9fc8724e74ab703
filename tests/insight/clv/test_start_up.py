"""Nobody pays for numpy and scipy who asks no model: not the command line, not a web worker."""

from __future__ import annotations

import subprocess
import sys

DOORS = """
import django, sys
import perennial.cli
django.setup()
import perennial.urls, perennial.insight.registry
print([name for name in sys.modules if name.split(".")[0] == "scipy" or name.startswith("perennial.insight.clv")])
"""


def test_no_door_imports_the_models():
    told = subprocess.run([sys.executable, "-c", DOORS], capture_output=True, text=True, check=True)
    assert told.stdout.strip().splitlines()[-1] == "[]"
