"""The registry of the tests of documents: kinds of their own beside the real ones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from perennial.documents.rules.kinds import Registry, install
from perennial.facts.rules.reporting import KIND as REPORTING
from tests.documents.kinds import NOTE, PERK

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def registry() -> Iterator[Registry]:
    names = {"label": {"stage:new", "stage:loyal"}, "counter": {"orders"}}
    before = install(made := Registry.of([REPORTING, PERK, NOTE], names))
    yield made
    install(before)


@pytest.fixture
def shop(db):
    """The verbs on one document of one brand, by an author, at a time that moves on by a minute a call."""
    from perennial.documents import actions, queries

    class Shop(SimpleNamespace):
        brand, kind, key, author, now = 1, "note", "hello", "usr_ana", NOON

        def __call__(self, verb, **given):
            self.now += timedelta(minutes=1)
            usual = {
                "brand_id": self.brand,
                "kind": self.kind,
                "key": self.key,
                "author": self.author,
                "now": self.now,
            }
            return getattr(actions, verb)(**{**usual, **given})

        def save(self, text, seen, **given):
            return self("save", body={"text": text}, seen_version=seen, **given)

        def current(self, at, **given):
            found = queries.current(**{"brand_id": self.brand, "kind": self.kind, "key": self.key, "at": at, **given})
            return found.reference if found else None

        def history(self):
            return [
                (one.version, one.state, one.stored["text"])
                for one in queries.history(brand_id=self.brand, kind=self.kind, key=self.key)
            ]

    return Shop()
