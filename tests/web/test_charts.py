"""Drawn charts: kept as files for all workers, forgotten when no page has made them anew for long."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from django.conf import settings

from perennial.facts.actions.prune import prune_steps
from perennial.web.desk import charts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_drawings_of_long_ago_are_removed_and_those_in_use_stay(tmp_path, monkeypatch, db):
    monkeypatch.setattr(settings, "PERENNIAL_HOME", tmp_path)
    folder = tmp_path / "charts"
    folder.mkdir()
    ages = {"a" * 32 + ".html": 31, "b" * 32 + ".html": 29, "c" * 32 + ".json": 31}
    for name, days in ages.items():
        (folder / name).write_text("{}")
        made = (NOW - timedelta(days=days)).timestamp()
        os.utime(folder / name, (made, made))
    list(prune_steps(brand_id=1, now=NOW))
    assert [path.name for path in folder.iterdir()] == ["b" * 32 + ".html"]


def test_a_drawing_that_is_gone_is_asked_for_again(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "PERENNIAL_HOME", tmp_path)
    assert charts.draw("a" * 32) is None
    assert charts.draw("../secret") is None
