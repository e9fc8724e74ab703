"""MBG/NBD (Batislam, Denizel and Filiztekin, 2007; Hoppe and Wagner, 2007).

BG/NBD in which a customer may leave right after the very first order too, with the same probability p.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from perennial.insight.clv.geometric_drop_out import GeometricDropOut


@dataclass(frozen=True)
class MbgNbd(GeometricDropOut):
    """``r``, ``alpha`` (a time), ``a``, ``b``. See the module, `geometric_drop_out` and `PurchaseModel`."""

    name: ClassVar[str] = "mbg_nbd"
    tosses_at_start: ClassVar[int] = 1
