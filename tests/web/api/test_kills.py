"""Calls sent again and again to the served API while it is killed and started anew."""

from __future__ import annotations

import pytest
from prove.outcome import Outcome

from prove import calls


@pytest.mark.slow
@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_calls_sent_again_through_kills_have_one_effect(database: str):
    outcome = Outcome("P02", calls.TITLE, "--seed 7")
    calls.repeat(outcome, database, seed=7, calls=40, kills=1)
    outcome.hold()
    assert len(outcome.claims) == 7
