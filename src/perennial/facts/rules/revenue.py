"""Which lines are goods: their totals make up an order's ``net``. The others stand beside it."""

from __future__ import annotations

REVENUE_KINDS = ("product", "fee")
