"""How many customers come back, and when."""

from __future__ import annotations

from typing import Any

from perennial.display import returning as shown
from perennial.lab.report.gather import TREND_DAYS
from perennial.lab.report.page import Page


def returning(page: Page) -> dict[str, Any]:
    """Retention by horizon and in time, the wait between orders, cohorts."""
    found = page.found
    return {
        "horizons": shown.horizons(page, found.all("retention")),
        "gaps": shown.gaps(page, found.one("gap_quantiles"), found.all("gaps")),
        "trend": shown.trend(page, found.all("retention_trend"), TREND_DAYS),
        "cohorts": shown.cohorts(page, found.all("cohorts")),
    }
