"""Remove what killed looks and imports left on the disk: staged rows hold names and addresses."""

from __future__ import annotations

import shutil

from perennial.stores.csv.actions import sweep as sweep_imports
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder
from perennial.stores.uploads.rules import LOOKING


def sweep() -> None:
    """Remove staged rows that nobody works on any more, of all brands."""
    home = folder().parent
    sweep_imports(home)
    for left in home.glob("look-*"):
        told = left.name.removeprefix("look-")
        looked_at = told.isdecimal() and OrderFile.objects.filter(id=int(told), state=LOOKING).exists()
        if not looked_at:
            shutil.rmtree(left, ignore_errors=True)
