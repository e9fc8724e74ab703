"""Whatever is sent to the API, it never fails, keeps to its own description, and tells nothing of other brands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from prove import api


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests leave the test's own transaction open (as Django's test client sees to by itself)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
def test_any_request(db: None, one_connection: None, monkeypatch: pytest.MonkeyPatch):
    from perennial.web.api import limits

    # The proof lifts the limits: for this test alone.
    monkeypatch.setattr(limits, "SECRET", limits.SECRET)
    monkeypatch.setattr(limits, "PUBLISHABLE", limits.PUBLISHABLE)
    outcome = api.fuzz(seed=7, examples=4)
    outcome.hold()
    assert len(outcome.claims) == 4
