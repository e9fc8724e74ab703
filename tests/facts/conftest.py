from __future__ import annotations

import pytest

from tests.facts.builders import NOW


@pytest.fixture
def source(db):
    from perennial.facts.actions.stores import open_store, source_of

    return source_of(open_store(now=NOW, currency="EUR", zone="Europe/Madrid", locale="es-ES"), "test")
