"""BG/NBD (Fader, Hardie and Lee, 2005, "Counting your customers the easy way").

Orders as in NBD; after each *repeat* order a customer leaves with probability p, Beta(a, b) over customers. Who never
came back cannot have left: P(alive) of every one-time buyer is 1, so it is no churn flag (MBG/NBD and Pareto/NBD are).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from perennial.insight.clv.geometric_drop_out import GeometricDropOut


@dataclass(frozen=True)
class BgNbd(GeometricDropOut):
    """``r``, ``alpha`` (a time), ``a``, ``b``. See the module, `geometric_drop_out` and `PurchaseModel`."""

    name: ClassVar[str] = "bg_nbd"
    tosses_at_start: ClassVar[int] = 0
